// Small tables of whole numbers on their way to the device: collected on the host, sent by one
// copy.
//
//   DeviceTables tables;
//   const std::size_t rows = tables.add(batch.text_rows);   // any number of times
//   tables.send(device);
//   kernel(tables.at(rows), …);                              // device memory, owned by the tables
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/segments.h"

namespace unimo::trainer {

class DeviceTables {
 public:
  std::size_t add(std::span<const std::int32_t> numbers);
  // Records of 32-bit whole numbers.
  template <class Record>
  std::size_t add_records(const std::vector<Record>& records) {
    static_assert(sizeof(Record) % sizeof(std::int32_t) == 0);
    return add({reinterpret_cast<const std::int32_t*>(records.data()),
                records.size() * sizeof(Record) / sizeof(std::int32_t)});
  }
  void send(const at::Device& device);

  const std::int32_t* at(std::size_t place) const {
    return sent_.const_data_ptr<std::int32_t>() + place;
  }
  template <class Record>
  const Record* records_at(std::size_t place) const {
    return reinterpret_cast<const Record*>(at(place));
  }
  // [count] as a tensor that shares the memory.
  at::Tensor tensor_at(std::size_t place, std::size_t count) const {
    return sent_.narrow(0, static_cast<std::int64_t>(place), static_cast<std::int64_t>(count));
  }

 private:
  std::vector<std::int32_t> numbers_;
  at::Tensor sent_;
};

// A plan of segments among the tables.
class DeviceSegments {
 public:
  DeviceSegments() = default;
  DeviceSegments(const SegmentPlan& plan, DeviceTables& tables);
  // After the tables were sent.
  SegmentPieces pieces(const DeviceTables& tables) const;

 private:
  std::size_t order_ = 0, pieces_ = 0, segments_ = 0, ids_ = 0;
  std::int64_t piece_count_ = 0, segment_count_ = 0;
};

}  // namespace unimo::trainer
