// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

import {IFoldVerifier} from "../../contracts/IFoldVerifier.sol";

/// @title Which models somebody vouches for, over the one verifier of the tensor machine
/// @dev The machine has one key and one verifier contract for every network: which network a proof is of is the digest in its
/// statement, and which digest is meant is the business of contracts like this one. A digest is anyone's to register, so
/// that entries are kept by their owner: nobody can occupy another's model, and a caller says whose word he takes.
contract ModelRegistry {
    struct Model {
        /// I: digest of the descriptor that says how data become the proof's digests, and what it reveals.
        uint256 interfaceDigest;
        /// Where the descriptor is (plan.json of any run). Whoever reads it checks that the model digest opens to it.
        string uri;
    }

    IFoldVerifier public immutable verifier;
    mapping(address owner => mapping(uint256 modelDigest => Model)) public models;

    event Registered(address indexed owner, uint256 indexed modelDigest, uint256 interfaceDigest, string uri);
    event Removed(address indexed owner, uint256 indexed modelDigest);

    error NoInterface();

    constructor(IFoldVerifier verifier_) {
        verifier = verifier_;
    }

    /// @notice Vouches for a model, or says anew where its interface is.
    function register(uint256 modelDigest, uint256 interfaceDigest, string calldata uri) external {
        if (interfaceDigest == 0) revert NoInterface();
        models[msg.sender][modelDigest] = Model(interfaceDigest, uri);
        emit Registered(msg.sender, modelDigest, interfaceDigest, uri);
    }

    function remove(uint256 modelDigest) external {
        delete models[msg.sender][modelDigest];
        emit Removed(msg.sender, modelDigest);
    }

    /// @notice True when the proof shows the statement, and its model is one that `owner` vouches for now.
    function verifyFor(address owner, bytes calldata proof, IFoldVerifier.Statement calldata statement)
        external
        view
        returns (bool)
    {
        return models[owner][statement.modelDigest].interfaceDigest != 0 && verifier.verify(proof, statement);
    }
}
