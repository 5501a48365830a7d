"""How fast others read and write the weights of weights_bench: weights_peer.py FOLDER [runs].

Reads FOLDER/model.safetensors with safetensors and FOLDER/pytorch_model.bin (written first, when it is not there) with torch,
into a state dictionary whose memory is already in use, as load_state_dict does it: a lazily mapped file is not yet read.
Times are the shortest of so many runs, by the clock and of the processor; two threads.
"""
import os
import pathlib
import sys
import time

import safetensors.torch
import torch


def shortest(what, runs, megabytes, work):
    best = best_cpu = float("inf")
    for _ in range(runs):
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, time.perf_counter() - start)
        best_cpu = min(best_cpu, time.process_time() - start_cpu)
    print(f"{what:<28} {best:8.3f} s, {best_cpu:8.3f} s of the processor  {megabytes / best_cpu:6.0f} MB/s of that", flush=True)


def synced(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def main():
    folder = pathlib.Path(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(2)
    file, archive, other = folder / "model.safetensors", folder / "pytorch_model.bin", folder / "again.safetensors"
    state = {name: tensor.clone() for name, tensor in safetensors.torch.load_file(file).items()}
    megabytes = sum(tensor.numel() for tensor in state.values()) * 4 / 1e6

    def into(loaded):
        with torch.no_grad():
            for name, tensor in loaded.items():
                state[name].copy_(tensor)

    def checked_into(loaded):
        assert all(torch.isfinite(tensor).all() for tensor in loaded.values())
        into(loaded)

    shortest("write safetensors, synced", min(runs, 2), megabytes,
             lambda: (safetensors.torch.save_file(state, other), synced(other)))
    shortest("write torch archive, synced", min(runs, 2), megabytes, lambda: (torch.save(state, archive), synced(archive)))
    shortest("read safetensors", runs, megabytes, lambda: into(safetensors.torch.load_file(file)))
    shortest("the same, finite checked", runs, megabytes, lambda: checked_into(safetensors.torch.load_file(file)))
    shortest("read torch archive", runs, megabytes, lambda: into(torch.load(archive, weights_only=True)))
    shortest("the same, mapped", runs, megabytes, lambda: into(torch.load(archive, weights_only=True, mmap=True)))
    other.unlink()


main()
