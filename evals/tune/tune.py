"""Tunes the upper layers of the sentence encoder for what the heads must see, and writes
the adapter that crates/encoder reads (its format stands in crates/encoder/src/adapter.rs).
Run by `make train`; needs requirements.txt. Seeds are fixed.

    tune.py MODEL CASES OUT

CASES is what `segue-evals cases` prints: {"text", "set", "split", "labels"}, a label being
1, 0 or null for each head. Only cases of the split `train` are learned from; the mean F1 over
our own dev cases is printed after each round."""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from e5 import Stack, Weights, batches, layers_below, sentence, write

FIRST_LAYER, RANK, ROUNDS = 4, 16, 4
# Cases of the public sets: those that are kept, and those that each round learns from.
PUBLIC, PUBLIC_A_ROUND = 12_000, 6_000
WEIGHT = {"own": 3.0, "requests_authored": 2.0, "goemotions": 0.3}


class Heads(nn.Module):
    """As in crates/evals/src/network.rs: a layer that all heads share and a way past it."""

    def __init__(self, heads):
        super().__init__()
        self.inner, self.outer = nn.Linear(384, 128), nn.Linear(128, heads)
        self.straight = nn.Linear(384, heads, bias=False)
        self.dropout = nn.Dropout(0.2)
        nn.init.constant_(self.outer.bias, -2)
        nn.init.zeros_(self.straight.weight)

    def forward(self, v):
        # Coordinates of these vectors are about 0.05 and share a large mean.
        v = (v - v.mean(-1, keepdim=True)) * 20
        return self.outer(self.dropout(F.relu(self.inner(v)))) + self.straight(v)


def chosen(cases, random):
    """The public cases to learn from, those with a positive label first."""
    public = [n for n, c in enumerate(cases) if c["split"] == "train" and c["set"] not in OURS]
    moody = [n for n in public if cases[n]["set"] == "goemotions"]
    other = [n for n in public if cases[n]["set"] != "goemotions"]
    said = [n for n in other if 1 in cases[n]["labels"]]
    calm = [n for n in other if 1 not in cases[n]["labels"]]
    parts = [(said, PUBLIC // 3), (calm, PUBLIC // 2), (moody, PUBLIC // 6)]
    return np.concatenate([random.choice(a, min(len(a), n), False) for a, n in parts])


OURS = ("own", "requests_authored")


def best_f1(scores, right):
    order = np.argsort(-scores)
    hits = np.cumsum(right[order])
    return (2 * hits / (np.arange(1, len(order) + 1) + right.sum())).max()


def main(model, cases_file, out):
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    weights = Weights(model)
    cases = [json.loads(line) for line in open(cases_file)]
    labels = np.array([[np.nan if y is None else y for y in c["labels"]] for c in cases], "f4")
    ours = [n for n, c in enumerate(cases) if c["set"] in OURS and c["split"] == "train"]
    dev = [n for n, c in enumerate(cases) if c["set"] in OURS and c["split"] == "dev"]
    public = chosen(cases, random)
    print(f"{len(ours)} own cases, {len(public)} public ones, {len(dev)} dev", flush=True)
    every = [*ours, *public, *dev]
    tokens = {n: weights.tokens(cases[n]["text"]) for n in every}

    began = time.time()
    below = layers_below(weights, FIRST_LAYER, tokens)
    print(f"layers that stay: {time.time() - began:.0f} s", flush=True)

    upper, heads = Stack(weights, FIRST_LAYER, weights.layers, RANK), Heads(labels.shape[1])
    tuned = [p for p in upper.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": tuned, "lr": 1e-3}, {"params": heads.parameters(), "lr": 2e-3}],
        weight_decay=0.01,
    )

    def logits(batch):
        return heads(sentence(upper, [below[n] for n in batch]))

    step, steps = 0, None
    for round_number in range(ROUNDS):
        began, loss_sum = time.time(), 0.0
        drawn = random.choice(public, min(PUBLIC_A_ROUND, len(public)), False)
        order = batches([*ours, *drawn], tokens, random)
        steps = steps or ROUNDS * len(order)
        for batch in order:
            step += 1
            rate = min(1, step / 100) * max(0.02, 1 - step / steps)
            for group, base in zip(optimizer.param_groups, (1e-3, 2e-3)):
                group["lr"] = base * rate
            y = torch.tensor(labels[batch])
            known = ~torch.isnan(y)
            weight = torch.tensor([WEIGHT.get(cases[n]["set"], 0.6) for n in batch])[:, None]
            y = torch.nan_to_num(y)
            each = F.binary_cross_entropy_with_logits(logits(batch), y, reduction="none")
            loss = (each * known * weight * (1 + 2 * y)).sum() / 40
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(tuned, 1.0)
            optimizer.step()
            loss_sum += loss.item()
        upper.eval(), heads.eval()
        with torch.inference_mode():
            seen = {n: z for b in batches(dev, tokens, size=4_096) for n, z in zip(b, logits(b).numpy())}
        upper.train(), heads.train()
        scores, right = np.array([seen[n] for n in dev]), labels[dev]
        f1 = []
        for head in range(labels.shape[1]):
            known = ~np.isnan(right[:, head])
            if right[known, head].sum() >= 8:
                f1.append(best_f1(scores[known, head], right[known, head]))
        took = time.time() - began
        mean = f"{np.mean(f1):.3f} over {len(f1)} heads"
        print(f"round {round_number}: loss {loss_sum / len(order):.2f}, dev F1 {mean}, {took:.0f} s", flush=True)
    write(out, model, upper, FIRST_LAYER, RANK)


if __name__ == "__main__":
    main(*sys.argv[1:])
