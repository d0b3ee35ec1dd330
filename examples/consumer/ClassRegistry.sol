// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldVerifier} from "../../contracts/IFoldVerifier.sol";

/// @title Acts on a proven class: an owner commits to an input, then proves which class a known network gives it
/// @dev Four questions stand between a valid proof and acting on it. Is it about the network that I trust? About the
/// input that was committed to, and by its owner? Does it reveal a class, of a single run? Has it been used before?
/// Without the first, anyone proves a network of his own; without the second, anyone takes the proof of another from the
/// pool of transactions; replays are refused by the statement, because the bytes of a proof can be re-randomized.
contract ClassRegistry {
    /// Deployed from the key of the wrap; ask it whether it is INSECURE before trusting this contract with anything.
    IFoldVerifier public immutable verifier;
    /// The one network that counts.
    uint256 public immutable modelDigest;
    /// Who committed to an input digest, before anything about it was proven.
    mapping(uint256 inputDigest => address owner) public ownerOf;
    /// The proven class plus one; 0 as long as none is.
    mapping(uint256 inputDigest => uint256 classPlusOne) public classOf;

    event Classified(uint256 indexed inputDigest, address indexed owner, uint256 class);

    error AlreadyCommitted();
    error OtherModel();
    error NotYourInput();
    error NoClassRevealed();
    error AlreadyClassified();
    error NotProven();

    constructor(IFoldVerifier verifier_, uint256 modelDigest_) {
        verifier = verifier_;
        modelDigest = modelDigest_;
    }

    /// @notice Binds an input to the caller. Digest a private input with a random salt, else it can be guessed.
    function commit(uint256 inputDigest) external {
        if (ownerOf[inputDigest] != address(0)) revert AlreadyCommitted();
        ownerOf[inputDigest] = msg.sender;
    }

    /// @notice Records the class that the proof shows for the caller's committed input, once.
    function classify(bytes calldata proof, IFoldVerifier.Statement calldata statement) external {
        uint256 inputDigest = statement.inputDigest;
        if (statement.modelDigest != modelDigest) revert OtherModel();
        if (ownerOf[inputDigest] != msg.sender) revert NotYourInput();
        if (statement.revealed == 0 || statement.root != 0) revert NoClassRevealed();
        if (classOf[inputDigest] != 0) revert AlreadyClassified();
        if (!verifier.verify(proof, statement)) revert NotProven();
        classOf[inputDigest] = statement.revealed;
        emit Classified(inputDigest, msg.sender, statement.revealed - 1);
    }
}
