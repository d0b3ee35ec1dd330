// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldVerifier} from "../../contracts/IFoldVerifier.sol";

/// @title Acts on a proven class: an owner commits to an input, then proves which class a known network gives it
/// @dev Four questions stand between a valid proof and acting on it. Is it about the network that I trust? About the
/// input that was committed to, and by its owner? Does it reveal a class, of a single run? Has it been used before?
/// Without the first, anyone proves a network of his own; without the second, anyone takes the proof of another from the
/// pool of transactions; replays are refused by the statement, because the bytes of a proof can be re-randomized.
///
/// Whoever reads the pool of transactions may send one of his own first. A commitment therefore hides the input digest
/// and names its owner: copied, it serves the owner alone. `classify` opens it, and nobody who learns the digest from
/// there has a commitment that is old enough. That holds while the digest is a secret until then: the input has a salt.
contract ClassRegistry {
    /// Between commitment and proof: longer than a transaction of the owner can be kept out of a block.
    uint256 public constant DELAY = 10 minutes;

    /// Deployed from the key of the wrap; ask it whether it is INSECURE before trusting this contract with anything.
    IFoldVerifier public immutable verifier;
    /// The one network that counts.
    uint256 public immutable modelDigest;
    /// When a commitment was made; 0 for none.
    mapping(bytes32 commitment => uint256 time) public committedAt;
    /// Who proved the class of an input that was his by an earlier commitment.
    mapping(uint256 inputDigest => address owner) public ownerOf;
    /// The proven class plus one; 0 as long as none is.
    mapping(uint256 inputDigest => uint256 classPlusOne) public classOf;

    event Classified(uint256 indexed inputDigest, address indexed owner, uint256 class);

    error OtherModel();
    error NotCommitted();
    error CommittedTooLate();
    error NoClassRevealed();
    error AlreadyClassified();
    error NotProven();

    constructor(IFoldVerifier verifier_, uint256 modelDigest_) {
        verifier = verifier_;
        modelDigest = modelDigest_;
    }

    /// @notice What binds an input to its owner and shows neither. The secret is random, and kept until `classify`.
    function commitmentOf(address owner, uint256 inputDigest, bytes32 secret) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, inputDigest, secret));
    }

    /// @notice Notes a commitment. Made once more, by whomever, it keeps its first time.
    function commit(bytes32 commitment) external {
        if (committedAt[commitment] == 0) committedAt[commitment] = block.timestamp;
    }

    /// @notice Records the class that the proof shows for the caller's committed input, once.
    function classify(bytes calldata proof, IFoldVerifier.Statement calldata statement, bytes32 secret) external {
        uint256 inputDigest = statement.inputDigest;
        uint256 time = committedAt[commitmentOf(msg.sender, inputDigest, secret)];
        if (statement.modelDigest != modelDigest) revert OtherModel();
        if (time == 0) revert NotCommitted();
        if (block.timestamp < time + DELAY) revert CommittedTooLate();
        if (statement.revealed == 0 || statement.root != 0) revert NoClassRevealed();
        if (classOf[inputDigest] != 0) revert AlreadyClassified();
        if (!verifier.verify(proof, statement)) revert NotProven();
        ownerOf[inputDigest] = msg.sender;
        classOf[inputDigest] = statement.revealed;
        emit Classified(inputDigest, msg.sender, statement.revealed - 1);
    }
}
