"""Learns to compare a question with a passage word by word, and tunes the search vectors once
more with it. Run by `make train` after search.py; needs requirements.txt. Seeds are fixed.

    words.py MODEL SEARCHES ADAPTER WORDS

ADAPTER is what search.py wrote, and is written anew; WORDS is what crates/sense/src/retrieval/
words.rs reads. Each word of a question looks for the nearest word of a passage in 64 learned
dimensions, and counts by a learned weight (late interaction; Khattab and Zaharia, "ColBERT",
2020). First that alone is learned, on the trades that search.py left out; then, for one round,
the vectors with it. Half of what the second step changed is kept: on dev trades the right article
comes first as often as without it, and what is not answered is told better than without it."""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import e5
from e5 import Layer, Stack, Weights, batches
from search import Texts, Trade
from trades import LATER

WIDTH, KEPT = 64, 0.5
ROUNDS_ALONE, RATE_ALONE, RATE = 10, 3e-4, 4e-4
# Trades that search.py has learned from, in the last round.
EARLIER = 6
MOST_TELLING = 4.0


def read_adapter(path):
    """The header's bytes, its scale and first layer, and the matrices in order."""
    data = open(path, "rb").read()
    end = 8 + int.from_bytes(data[4:8], "little")
    header = json.loads(data[8:end])
    return data[:end], header, np.frombuffer(data, "<f2", offset=end).astype("f4")


def matrices(upper):
    for layer in upper.layers:
        for name in Layer.MATRICES:
            yield from (getattr(layer, name).a, getattr(layer, name).b)


class Comparison(nn.Module):
    """How words are compared, and what the parts of a score count."""

    def __init__(self, tokens):
        super().__init__()
        self.project = nn.Linear(384, WIDTH, bias=False)
        self.telling = nn.Linear(384, 1)
        nn.init.zeros_(self.telling.weight)
        nn.init.zeros_(self.telling.bias)
        self.sharpness = nn.Parameter(torch.tensor([14.0, 14.0]))
        self.none = nn.Parameter(torch.tensor(0.8 * 28))
        self.none_alone = nn.Parameter(torch.tensor(0.85 * 20))
        _, _, directions = torch.linalg.svd(tokens, full_matrices=False)
        self.project.weight.data.copy_(directions[:WIDTH])

    def forward(self, asked, passages):
        """How well each passage holds the words of each question."""
        all_asked = torch.cat(asked)
        weights = self.telling(all_asked).squeeze(1).clamp(-MOST_TELLING, MOST_TELLING).exp()
        cosines = (
            F.normalize(self.project(all_asked), dim=1)
            @ F.normalize(self.project(torch.cat(passages)), dim=1).T
        )
        nearest = [c.max(1).values for c in cosines.split([len(p) for p in passages], 1)]
        nearest = torch.stack(nearest, 1) * weights[:, None]
        lengths = [len(a) for a in asked]
        sums = zip(nearest.split(lengths), weights.split(lengths))
        return torch.stack([of.sum(0) / total.sum() for of, total in sums])


def main(model, searches, adapter, words_out):
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    weights = Weights(model)
    texts = Texts(weights)
    trades = [Trade(json.loads(line), texts) for line in open(searches)]
    later = [t for t in trades if t.split == "train" and t.name in LATER]
    earlier = [t for t in trades if t.split == "train" and t.name not in LATER]
    header, shape, start = read_adapter(adapter)
    e5.Tunable.SCALE = shape["scale"]
    below = e5.layers_below(weights, shape["first_layer"], texts.tokens)
    upper = Stack(weights, shape["first_layer"], weights.layers, shape["rank"])
    at = 0
    for matrix in matrices(upper):
        values = torch.from_numpy(start[at : at + matrix.numel()]).view(matrix.shape)
        matrix.data.copy_(values)
        at += matrix.numel()
    prefix = {kind: len(weights.tokens("", kind=kind)) - 1 for kind in ("query", "passage")}

    def read(numbers, kind):
        """The vectors of texts, and those of their own words."""
        vectors, each = [None] * len(numbers), [None] * len(numbers)
        places = {at: texts.tokens[n] for at, n in enumerate(numbers)}
        for batch in batches(list(places), places, size=3_500):
            lengths = torch.tensor([len(places[at]) for at in batch])
            x = torch.zeros(len(batch), int(lengths.max()), weights.width)
            for row, at in enumerate(batch):
                x[row, : lengths[row]] = below[numbers[at]].float()
            mask = torch.arange(x.shape[1])[None] < lengths[:, None]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                x = upper(x, mask[:, None, None, :])
            x = x.float()
            means = F.normalize((x * mask[..., None]).sum(1) / lengths[:, None], dim=-1)
            for row, at in enumerate(batch):
                vectors[at] = means[row]
                each[at] = x[row, prefix[kind] : lengths[row] - 1]
        return torch.stack(vectors), each

    def read_trade(trade):
        return read(trade.questions, "query"), read(trade.units, "passage")

    def by_article(trade, scores):
        return torch.stack([scores[:, units].max(1).values for units in trade.units_of], 1)

    def loss_of(trade, seen, comparison, tunes):
        (questions, asked), (units, passages) = seen
        cosines = by_article(trade, questions @ units.T)
        held = by_article(trade, comparison(asked, passages))
        both = cosines * comparison.sharpness[0] + held * comparison.sharpness[1]

        def choice(scores, none):
            logits = torch.cat([scores, none.expand(len(scores), 1)], 1)
            return -(F.log_softmax(logits, 1) * trade.wanted).sum(1).mean()

        loss = choice(both, comparison.none)
        return loss + 0.5 * choice(cosines * 20, comparison.none_alone) if tunes else loss

    def learn(parameters, seq, see, comparison, tunes):
        rates = [group["lr"] for group in parameters]
        optimizer = torch.optim.AdamW(parameters, weight_decay=0.01)
        for step, trade in enumerate(seq):
            rate = min(1, (step + 1) / 4) * max(0.04, 1 - step / len(seq))
            for group, full in zip(optimizer.param_groups, rates):
                group["lr"] = full * rate
            loss = loss_of(trade, see(trade), comparison, tunes)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([p for g in parameters for p in g["params"]], 1.0)
            optimizer.step()

    with torch.inference_mode():
        seen = {trade.name: read_trade(trade) for trade in later}
        some = [each[::5] for (_, asked), (_, said) in seen.values() for each in asked + said]
    comparison = Comparison(torch.cat(some).clone())
    scales = [comparison.sharpness, comparison.none, comparison.none_alone]
    learned = [
        {"params": list(comparison.project.parameters()), "lr": RATE_ALONE},
        {"params": list(comparison.telling.parameters()), "lr": 2 * RATE_ALONE},
        {"params": scales, "lr": 0.1},
    ]
    seq = [later[at] for _ in range(ROUNDS_ALONE) for at in random.permutation(len(later))]
    see = lambda trade: [(v.clone(), [e.clone() for e in each]) for v, each in seen[trade.name]]
    learn(learned, seq, see, comparison, tunes=False)
    alone = {name: value.clone() for name, value in comparison.state_dict().items()}

    drawn = random.permutation(len(earlier))[:EARLIER]
    seq = [*later, *(earlier[at] for at in drawn)]
    seq = [seq[at] for at in random.permutation(len(seq))]
    learned[0]["lr"], learned[1]["lr"] = 2 * RATE, 3e-3
    learned.append({"params": list(matrices(upper)), "lr": RATE})
    learn(learned, seq, read_trade, comparison, tunes=True)

    ended = np.concatenate([m.detach().numpy().ravel() for m in matrices(upper)])
    with open(adapter, "wb") as file:
        file.write(header + ((1 - KEPT) * start + KEPT * ended).astype("<f2").tobytes())
    state = comparison.state_dict()
    names = ("project.weight", "telling.weight", "telling.bias")
    mixed = [((1 - KEPT) * alone[name] + KEPT * state[name]).numpy().ravel() for name in names]
    np.concatenate(mixed).astype("<f4").tofile(words_out)


if __name__ == "__main__":
    main(*sys.argv[1:])
