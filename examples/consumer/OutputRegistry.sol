// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldBatch} from "../../contracts/IFoldBatch.sol";
import {IFoldVerifier} from "../../contracts/IFoldVerifier.sol";

/// @title Knows what a model answered to many inputs, from ONE proof of all of them
/// @dev The proof of a batch is checked once, by whoever pays for it; afterwards anyone shows single items, each with its
/// path. `isProven` compares the model, bounds the index by the proven steps and looks for the item under the root, but it
/// does not check the proof: only statements that `record` has accepted may reach it.
contract OutputRegistry {
    IFoldVerifier public immutable verifier;
    /// Pins the model and its steps per network.
    IFoldBatch public immutable batch;
    /// Statements, hashed, of which a proof was accepted.
    mapping(bytes32 statementHash => bool) public recorded;
    /// The digest of what the model answers; 0 as long as no item shows it.
    mapping(uint256 inputDigest => uint256 outputDigest) public outputOf;

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
        outputOf[inputDigest] = outputDigest;
        emit Shown(inputDigest, outputDigest);
    }
}
