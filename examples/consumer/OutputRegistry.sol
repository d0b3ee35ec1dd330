// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldBatch} from "../../contracts/IFoldBatch.sol";
import {IFoldVerifier} from "../../contracts/IFoldVerifier.sol";

/// @title Knows what a model answered to many inputs, from ONE proof of all of them
/// @dev The proof of a batch is checked once, by whoever pays for it; afterwards anyone shows single items, each with its
/// path. `isProven` compares the model, bounds the index by the proven steps and looks for the item under the root, but it
/// does not check the proof: only statements that `record` has accepted may reach it.
///
/// One output has as many digests as there are salts, and anyone who can prove chooses his: so an input has a set of shown
/// output digests, none of which replaces or shuts out another. Who holds an output computes its digest (salt 0 of a public
/// one) and asks for the pair.
contract OutputRegistry {
    IFoldVerifier public immutable verifier;
    /// Pins the model and its steps per network.
    IFoldBatch public immutable batch;
    /// Statements, hashed, of which a proof was accepted.
    mapping(bytes32 statementHash => bool) public recorded;
    /// Pairs that an item has shown: the model answers this input with the output of this digest.
    mapping(uint256 inputDigest => mapping(uint256 outputDigest => bool)) public isOutputOf;

    event Recorded(uint256 indexed root, uint256 steps);
    event Shown(uint256 indexed inputDigest, uint256 outputDigest);

    error NotProven();
    error NotRecorded();
    error NotInBatch();

    constructor(IFoldVerifier verifier_, IFoldBatch batch_) {
        verifier = verifier_;
        batch = batch_;
    }

    /// @notice Accepts a batch, once and for all its items.
    function record(bytes calldata proof, IFoldVerifier.Statement calldata statement) external {
        if (!verifier.verify(proof, statement)) revert NotProven();
        recorded[keccak256(abi.encode(statement))] = true;
        emit Recorded(statement.root, statement.steps);
    }

    /// @notice Notes the output of one item of a recorded batch. Showing it again changes nothing.
    function show(
        IFoldVerifier.Statement calldata statement,
        uint256 index,
        uint256 inputDigest,
        uint256 outputDigest,
        uint256[15][4] calldata path
    ) external {
        if (!recorded[keccak256(abi.encode(statement))]) revert NotRecorded();
        if (!batch.isProven(statement, index, inputDigest, outputDigest, path)) revert NotInBatch();
        if (isOutputOf[inputDigest][outputDigest]) return;
        isOutputOf[inputDigest][outputDigest] = true;
        emit Shown(inputDigest, outputDigest);
    }
}
