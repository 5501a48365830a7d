"""The region detector's network beside the same one in eager PyTorch, by turns in one call.

    peer.py DETECTOR_BENCH [--blocks 3 4 23 3] [--regions 32] [--passes 3] [--threads 1] [--precision fp32]

Checks first that both compute the same (largest difference of every output; it fails above 1e-4 of the largest value), then prints medians of processor seconds of each part and
their ratios. The peer is what one writes in PyTorch: separate convolutions, BatchNorm in evaluation, ReLU, under no_grad.
RoI pooling is torchvision's where it is installed, else a loop that is checked but not timed.
Environment: torch 2.11.0, safetensors 0.8.0.
"""
import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file
from torch import nn

try:
    from torchvision.ops import roi_pool as fast_roi_pool
except ImportError:
    fast_roi_pool = None


class ConvNorm(nn.Conv2d):
    def __init__(self, c_in, c_out, side, stride=1, padding=0, dilation=1):
        super().__init__(c_in, c_out, side, stride, padding, dilation, bias=False)
        self.norm = nn.BatchNorm2d(c_out, eps=1e-5)

    def forward(self, x):
        return self.norm(super().forward(x))


class Bottleneck(nn.Module):
    def __init__(self, c_in, inner, stride, dilation, first):
        super().__init__()
        self.conv1 = ConvNorm(c_in, inner, 1, stride)
        self.conv2 = ConvNorm(inner, inner, 3, padding=dilation, dilation=dilation)
        self.conv3 = ConvNorm(inner, 4 * inner, 1)
        self.shortcut = ConvNorm(c_in, 4 * inner, 1, stride) if first else None

    def forward(self, x):
        y = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        return torch.relu(self.conv3(y) + (x if self.shortcut is None else self.shortcut(x)))


def stage(c_in, inner, blocks, stride, dilation=1):
    return nn.Sequential(*[Bottleneck(c_in if i == 0 else 4 * inner, inner, stride if i == 0 else 1, dilation, i == 0)
                           for i in range(blocks)])


class Peer(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.stem = nn.Module()
        self.backbone.stem.conv1 = ConvNorm(3, 64, 7, 2, 3)
        self.backbone.res2 = stage(64, 64, blocks[0], 1)
        self.backbone.res3 = stage(256, 128, blocks[1], 2)
        self.backbone.res4 = stage(512, 256, blocks[2], 2)
        self.proposal_generator = nn.Module()
        self.proposal_generator.rpn_head = head = nn.Module()
        head.conv = nn.Conv2d(1024, 512, 3, padding=1)
        head.objectness_logits = nn.Conv2d(512, 24, 1)
        head.anchor_deltas = nn.Conv2d(512, 48, 1)
        self.roi_heads = nn.Module()
        self.roi_heads.res5 = stage(1024, 512, blocks[3], 1, 2)
        self.roi_heads.box_predictor = head = nn.Module()
        head.cls_score = nn.Linear(2048, 1601)
        head.bbox_pred = nn.Linear(2048, 6404)
        head.cls_embedding = nn.Embedding(1601, 256)
        head.fc_attr = nn.Linear(2304, 512)
        head.attr_score = nn.Linear(512, 401)

    def map(self, x):
        x = torch.relu(self.backbone.stem.conv1(x))
        x = nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)
        return self.backbone.res4(self.backbone.res3(self.backbone.res2(x)))

    def proposals(self, x):
        head = self.proposal_generator.rpn_head
        hidden = torch.relu(head.conv(x))
        logits, deltas = head.objectness_logits(hidden), head.anchor_deltas(hidden)
        scores = logits.view(2, 12, *logits.shape[2:]).softmax(0)[1]
        return scores, deltas[0]

    def features(self, pooled):
        return torch.cat([self.roi_heads.res5(part).mean((2, 3)) for part in pooled.split(32)])

    def heads(self, features):
        head = self.roi_heads.box_predictor
        classes = head.cls_score(features)
        both = torch.cat([features, head.cls_embedding(classes.argmax(1))], 1)
        return classes, head.bbox_pred(features), head.attr_score(torch.relu(head.fc_attr(both)))


def slow_roi_pool(features, boxes, bins=14, scale=1 / 16):
    """Caffe's layer, a bin at a time; halves are rounded away from zero."""
    rows, columns = features.shape[2:]
    cell = lambda v: int(math.floor(abs(v * scale) + 0.5)) * (1 if v >= 0 else -1)
    out = torch.zeros(len(boxes), features.shape[1], bins, bins)
    for b, box in enumerate(boxes.tolist()):
        x1, y1, x2, y2 = map(cell, box)
        sides = [torch.tensor(float(max(high - low + 1, 1))) / bins for low, high in ((x1, x2), (y1, y2))]
        edges = [[(min(max(int(torch.floor(i * side)) + low, 0), limit), min(max(int(torch.ceil((i + 1) * side)) + low, 0), limit))
                  for i in range(bins)] for side, low, limit in zip(sides, (x1, y1), (columns, rows))]
        for i, (top, bottom) in enumerate(edges[1]):
            for j, (left, right) in enumerate(edges[0]):
                if bottom > top and right > left:
                    out[b, :, i, j] = features[0, :, top:bottom, left:right].amax((1, 2))
    return out


def make_peer(blocks):
    torch.manual_seed(2021)
    peer = Peer(blocks).eval()
    with torch.no_grad():
        for name, p in peer.named_parameters():
            if isinstance(peer.get_submodule(name.rpartition(".")[0]), ConvNorm):
                nn.init.kaiming_normal_(p, mode="fan_out", nonlinearity="relu")
            elif name.endswith("norm.weight"):
                p.uniform_(0.8, 1.2).mul_(0.25 if ".conv3." in name else 1)
            elif name.endswith("bias"):
                p.uniform_(-0.1, 0.1)
            else:
                p.normal_(0, 0.01)
        for name, b in peer.named_buffers():
            if name.endswith("running_mean"):
                b.uniform_(-0.1, 0.1)
            elif name.endswith("running_var"):
                b.uniform_(0.5, 1.5)
    return peer


def make_input(height, width, count):
    generator = torch.Generator().manual_seed(7)
    picture = 50 * torch.randn(1, 3, height, width, generator=generator)
    corner = torch.rand(count, 2, generator=generator) * torch.tensor([width * 0.7, height * 0.7])
    size = 16 + torch.rand(count, 2, generator=generator) * torch.tensor([width * 0.5, height * 0.5])
    far = torch.minimum(corner + size, torch.tensor([width - 1.0, height - 1.0]))
    return picture, torch.cat([corner, far], 1)


@torch.no_grad()
def peer_pass(peer, picture, boxes, pooled):
    seconds, last = {}, time.process_time()

    def lap(name):
        nonlocal last
        now = time.process_time()
        seconds[name] = now - last
        last = time.process_time()

    features = peer.map(picture)
    lap("map")
    scores, deltas = peer.proposals(features)
    lap("proposals")
    if fast_roi_pool is not None:
        pooled = fast_roi_pool(features, [boxes], 14, 1 / 16)
        lap("pool")
    elif pooled is None:
        pooled = slow_roi_pool(features, boxes)
    last = time.process_time()
    vectors = peer.features(pooled)
    lap("features")
    classes, deltas_of_classes, attributes = peer.heads(vectors)
    lap("heads")
    return seconds, {"map": features, "scores": scores, "deltas": deltas, "pooled": pooled, "features": vectors,
                     "classes": classes, "boxes": deltas_of_classes, "attributes": attributes}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--blocks", type=int, nargs=4, default=[3, 4, 23, 3])
    parser.add_argument("--size", type=int, nargs=2, default=[600, 800])
    parser.add_argument("--regions", type=int, default=32)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="fp32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    peer = make_peer(arguments.blocks)
    picture, boxes = make_input(*arguments.size, arguments.regions)
    with tempfile.TemporaryDirectory() as folder:
        state = {k: v.contiguous() for k, v in peer.state_dict().items()}
        save_file(state, f"{folder}/model.safetensors")
        save_file({"picture": picture, "boxes": boxes}, f"{folder}/input.safetensors")
        ours = subprocess.Popen([arguments.program, folder, str(arguments.threads), arguments.precision],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def our_pass():
            ours.stdin.write("pass\n")
            ours.stdin.flush()
            return json.loads(ours.stdout.readline())

        our_pass()
        _, wanted = peer_pass(peer, picture, boxes, None)
        seen = load_file(f"{folder}/ours.safetensors")
        fine = True
        for name, value in wanted.items():
            largest, difference = value.abs().max().item(), (seen[name] - value).abs().max().item()
            fine = fine and difference <= 1e-4 * max(largest, 1)
            print(f"{name:<11} largest value {largest:10.4g}  largest difference {difference:9.2e}")
        if not fine and arguments.precision == "fp32":
            sys.exit("the two networks differ")
        times = {"ours": [], "peer": []}
        for _ in range(arguments.passes):
            times["ours"].append(our_pass())
            times["peer"].append(peer_pass(peer, picture, boxes, wanted["pooled"])[0])
        ours.stdin.close()
        ours.wait()
    print(f"seconds of the processor, medians of {arguments.passes}; {arguments.size[0]}x{arguments.size[1]}, {arguments.regions} regions, "
          f"{arguments.threads} threads, ours {arguments.precision}, peer fp32")
    totals = {}
    for part in times["ours"][0]:
        row = {side: statistics.median(t[part] for t in times[side]) for side in times if part in times[side][0]}
        if len(row) == 2:
            totals = {side: totals.get(side, 0) + row[side] for side in row}
            print(f"{part:<11} ours {row['ours']:8.3f}  peer {row['peer']:8.3f}  ratio {row['peer'] / row['ours']:5.2f}")
        else:
            print(f"{part:<11} ours {row['ours']:8.3f}")
    print(f"{'together':<11} ours {totals['ours']:8.3f}  peer {totals['peer']:8.3f}  ratio {totals['peer'] / totals['ours']:5.2f}")


if __name__ == "__main__":
    main()
