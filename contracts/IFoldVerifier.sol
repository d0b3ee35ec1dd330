// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

/// @title What a folded and wrapped run of a committed neural network proves, and who checks it
interface IFoldVerifier {
    /// @notice The claim: "the network with this model digest, run in exact integers on the input with this digest,
    /// gave the output with this digest". All values are below the order of BN254's G1.
    struct Statement {
        /// @dev Weights, architecture, quantization and number of steps of the network, as one digest.
        uint256 modelDigest;
        /// @dev Digest of the quantized input and its salt (0 for public data).
        uint256 inputDigest;
        /// @dev Digest of the raw logits and a salt of their own (0 for public data).
        uint256 outputDigest;
        /// @dev The class (first index of the largest logit) plus one, or 0 when the class is not revealed.
        uint256 revealed;
        /// @dev Folded steps; for a single run the whole network, which the proof enforces.
        uint256 steps;
        /// @dev Merkle root of a batch, whose last item the digests above are; 0 for a single run.
        uint256 root;
    }

    /// @notice True when the proof shows the statement; false when it was checked and does not, or is malformed.
    /// @dev Reverts only when `proof` is no ABI-encoded byte string, when gas runs out, when the proof's point in G2 lies
    /// outside the group, or on a chain without the precompiles 6 to 8: none of these is ever reported as `false`.
    /// A proof can be re-randomized by anyone who sees it: refuse replays by the statement, never by the proof's bytes.
    function verify(bytes calldata proof, Statement calldata statement) external view returns (bool);
}
