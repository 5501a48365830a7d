// Memory that a step frees stays with the program.
#pragma once

namespace unimo::trainer {

// The next step asks for the same blocks again: giving them back to the system in between, and
// having them zeroed page by page when they return, costs more than the arithmetic of a small
// model. Call once, before training.
void keep_freed_memory();

}  // namespace unimo::trainer
