// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldVerifier} from "./IFoldVerifier.sol";

/// @title Which items one proof of a batch on the tensor machine speaks of, whatever the model
/// @dev The items of a batch are the leaves of a Merkle tree: 16 children a node, 4 levels, Poseidon. `path` holds, from
/// the leaf's level to the root's, the 15 siblings of the node on the way, in their order. All words are below the order
/// of BN254's G1, and the index is below 65,536: whatever is not gives `false`, so that nothing has two encodings.
interface IFoldMachineBatch {
    /// What a batch says of one item.
    struct Item {
        /// Digest of its input.
        uint256 inputDigest;
        /// Digest of its output.
        uint256 outputDigest;
        /// k: 0, or the revealed number plus one. What that is, the interface of the program says.
        uint256 revealed;
    }

    /// A model digest D with its opening: D = Poseidon(tag of 'model', L, body).
    struct Model {
        uint256 digest;
        /// L, the steps of one network.
        uint256 stepsPerNetwork;
        /// Poseidon(tag of 'model-body', parameters, model chain, interface digest).
        uint256 body;
    }

    /// @notice True when this is item `index` (from 0) of the tree with this root.
    /// @dev The tree alone: what is in it is proven only where `isProven` says so.
    function isItem(uint256 root, uint256 index, Item calldata item, uint256[15][4] calldata path)
        external
        view
        returns (bool);

    /// @notice True when a proof of `statement` shows that the model with digest `model.digest` gave this output on this
    /// input and revealed this, as item `index`. Which model that is, the caller says: it compares the digest with its own.
    /// @dev It checks no proof: IFoldVerifier must have accepted one of this very statement, in this transaction or before.
    /// A chain of n steps ran n / L networks of L steps, so that only items below n / L are proven: leaves beyond them
    /// are whatever the prover liked. L is therefore opened from the digest.
    function isProven(
        IFoldVerifier.Statement calldata statement,
        Model calldata model,
        uint256 index,
        Item calldata item,
        uint256[15][4] calldata path
    ) external view returns (bool);
}
