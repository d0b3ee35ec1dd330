// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldVerifier} from "./IFoldVerifier.sol";

/// @title Which pairs of input and output one proof of a batch speaks of
/// @dev The items of a batch are the leaves of a Merkle tree: 16 children a node, 4 levels, Poseidon. `path` holds, from
/// the leaf's level to the root's, the 15 siblings of the node on the way, in their order. All words are below the order
/// of BN254's G1, and the index is below 65,536: whatever is not gives `false`, so that nothing has two encodings.
interface IFoldBatch {
    /// @notice True when the pair of digests is item `index` (from 0) of the tree with this root.
    /// @dev The tree alone: what is in it is proven only where `isProven` says so.
    function isItem(
        uint256 root,
        uint256 index,
        uint256 inputDigest,
        uint256 outputDigest,
        uint256[15][4] calldata path
    ) external view returns (bool);

    /// @notice True when a proof of `statement` shows that the pinned model gave this output on this input, as item `index`.
    /// @dev It checks no proof: IFoldVerifier must have accepted one of this very statement, in this transaction or before.
    /// A chain of n steps ran n / L networks of L steps, so that only items below n / L are proven: leaves beyond them
    /// are whatever the prover liked. L is therefore pinned together with the model.
    function isProven(
        IFoldVerifier.Statement calldata statement,
        uint256 index,
        uint256 inputDigest,
        uint256 outputDigest,
        uint256[15][4] calldata path
    ) external view returns (bool);
}
