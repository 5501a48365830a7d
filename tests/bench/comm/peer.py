# The same measurement with torch.distributed on Gloo:
#   torchrun --nproc-per-node 2 tests/bench/comm/peer.py [MB] [repetitions]
import sys
import time

import torch
import torch.distributed as dist

megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 500
repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 5
torch.set_num_threads(1)
dist.init_process_group("gloo")
ranks = dist.get_world_size()


def time_of(count, work):
    times, cpu = [], 0.0
    for _ in range(count):
        dist.barrier()
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - start)
        cpu += (time.process_time() - start_cpu) / count
    times.sort()
    return times[0], times[len(times) // 2], cpu


values = torch.ones(int(megabytes * 1e6 / 4))
one = torch.ones(1)
best, median, cpu = time_of(repetitions, lambda: dist.all_reduce(values))
small = time_of(500, lambda: dist.all_reduce(one))
barrier = time_of(500, dist.barrier)
if dist.get_rank() == 0:
    size = values.numel() * 4
    bus = 2 * (ranks - 1) / ranks
    print(f"torch {torch.__version__}, Gloo, {ranks} ranks, {size / 1e6:.0f} MB of floats")
    print(f"all-reduce   best {best:.3f} s = {size / best / 1e9:.2f} GB/s (bus {bus * size / best / 1e9:.2f}), "
          f"median {median:.3f} s, processor time of rank 0 {cpu:.3f} s")
    print(f"one float    best {small[0] * 1e6:.0f} us, median {small[1] * 1e6:.0f} us")
    print(f"barrier      best {barrier[0] * 1e6:.0f} us, median {barrier[1] * 1e6:.0f} us")
dist.destroy_process_group()
