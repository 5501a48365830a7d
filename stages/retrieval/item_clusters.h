// Items that are alike, for the order of an index: blocks of them have few terms, so that a search
// passes over most blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "stages/retrieval/sparse_index.h"

namespace unimo::stages {

// The number of each item's cluster. Spherical k-means (Dhillon and Modha, "Concept decompositions
// for large sparse text data using clustering", Machine Learning 2001) on an evenly spaced sample,
// then each item goes to the centre with the largest cosine. A cluster for each 1024 items, at most
// 512; 0 for all where there are too few. Memory while it runs: 4 bytes a term and cluster. The
// same on each run of one machine; processors may round differently, which changes no search's
// result.
std::vector<std::uint16_t> cluster_items(const SparseVectors& vectors, std::uint32_t terms);

}  // namespace unimo::stages
