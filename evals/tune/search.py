"""Tunes the upper layers of the sentence encoder for finding what answers a question, and
writes the adapter that crates/encoder reads. Run by `make train`; needs requirements.txt.
Seeds are fixed.

    search.py MODEL SEARCHES EVALS OUT

SEARCHES is what `segue-evals searches` prints. A step takes one trade: every question chooses
among all articles of its knowledge base, and "none of them", which is right for what no
article answers. So that the vectors still tell any two matters apart, every other step asks
utterances of public sets to find one another by their intent. Only trades of the split
`train` are learned from; those of `dev` are measured after each round."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from e5 import Stack, Weights, batches, layers_below, sentence, write
from trades import LATER

FIRST_LAYER, RANK, RATE = 4, 16, 7e-4
# The rate falls as if there were so many rounds; it stops before, since later ones learn the
# trades by heart (on dev the right article came first less often from the third on).
ROUNDS, STOP_AFTER = 6, 3
# The share of what was learned that is kept: on dev it finds more than all of it or none.
KEPT = 0.7
# Cosines are multiplied by it before the softmax.
SHARPNESS = 20.0
PUBLIC = ("banking77", "clinc150", "hwu64")
INTENTS_A_STEP = 40


class Texts:
    """Texts by number, each with what stays of its reading."""

    def __init__(self, weights):
        self.weights, self.numbers, self.tokens = weights, {}, {}

    def put(self, text, kind):
        key = (text, kind)
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            most = 96 if kind == "query" else 128
            self.tokens[self.numbers[key]] = self.weights.tokens(text, most, kind)
        return self.numbers[key]


class Trade:
    """A knowledge base with its questions."""

    def __init__(self, line, texts):
        self.split, self.name = line["split"], line["trade"]
        files = [article["file"] for article in line["articles"]]
        self.units, owner = [], []
        for number, article in enumerate(line["articles"]):
            for heading, units in article["passages"]:
                for unit in units:
                    said = f"{article['title']}\n{heading or ''}\n{unit}"
                    self.units.append(texts.put(said, "passage"))
                    owner.append(number)
        owner = torch.tensor(owner)
        self.units_of = [torch.nonzero(owner == n).squeeze(1) for n in range(len(files))]
        self.questions = [texts.put(q["text"], "query") for q in line["questions"]]
        self.right = [[files.index(f) for f in q["right"]] for q in line["questions"]]
        self.wanted = torch.zeros(len(self.right), len(files) + 1)
        for row, right in zip(self.wanted, self.right):
            row[right or [-1]] = 1 / max(1, len(right))

    def cosines(self, read):
        """Of each question with the nearest unit of each article."""
        cosines = read(self.questions) @ read(self.units).T
        return torch.stack([cosines[:, units].max(1).values for units in self.units_of], 1)


def intents(evals, texts, random):
    """Utterances of each intent of each set, for the most 30."""
    found = []
    for name in PUBLIC:
        by_label = {}
        for line in open(Path(evals) / "public" / name / "train.jsonl"):
            row = json.loads(line)
            if row["labels"] and row["labels"][0] != "oos":
                by_label.setdefault(row["labels"][0], []).append(row["text"])
        chosen = []
        for said in by_label.values():
            some = random.permutation(len(said))[:30]
            chosen.append([texts.put(said[n], "query") for n in some])
        found.append([said for said in chosen if len(said) > 1])
    return found


def measure(trades, read):
    """Right article first, among five, and how well the best cosine tells an answer."""
    first, five, best, answerable = [], [], [], []
    with torch.inference_mode():
        for trade in trades:
            cosines = trade.cosines(read)
            for row, right in zip(cosines, trade.right):
                if right:
                    found = row.topk(5).indices.tolist()
                    first.append(found[0] in right)
                    five.append(any(n in right for n in found))
                best.append(row.max().item())
                answerable.append(bool(right))
    best, answerable = np.array(best), np.array(answerable)
    above = (best[answerable][:, None] > best[~answerable][None]).mean()
    return f"right first {np.mean(first):.3f}, among five {np.mean(five):.3f}, AUROC {above:.3f}"


def main(model, searches, evals, out):
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    weights = Weights(model)
    texts = Texts(weights)
    trades = [Trade(json.loads(line), texts) for line in open(searches)]
    sets = intents(evals, texts, random)
    began = time.time()
    below = layers_below(weights, FIRST_LAYER, texts.tokens)
    print(f"{len(texts.tokens)} texts, layers that stay: {time.time() - began:.0f} s", flush=True)

    upper = Stack(weights, FIRST_LAYER, weights.layers, RANK)
    none = nn.Parameter(torch.tensor(0.85 * SHARPNESS))
    tuned = [p for p in upper.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW([*tuned, none], lr=RATE, weight_decay=0.01)

    def read(numbers):
        found = [None] * len(numbers)
        places = dict(enumerate(texts.tokens[n] for n in numbers))
        for batch in batches(list(places), places, size=4_096):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                vectors = sentence(upper, [below[numbers[at]] for at in batch])
            for at, vector in zip(batch, vectors):
                found[at] = vector
        return torch.stack(found)

    def of_trade(trade):
        cosines = trade.cosines(read) * SHARPNESS
        logits = torch.cat([cosines, none.expand(len(cosines), 1)], 1)
        return -(F.log_softmax(logits, 1) * trade.wanted).sum(1).mean()

    def of_intents(said):
        """Each utterance chooses its like among one of every intent."""
        drawn = random.choice(len(said), min(INTENTS_A_STEP, len(said)), False)
        pairs = np.array([random.choice(said[n], 2, False) for n in drawn])
        vectors = read(pairs.T.ravel().tolist())
        cosines = vectors[: len(drawn)] @ vectors[len(drawn) :].T * SHARPNESS
        return F.cross_entropy(cosines, torch.arange(len(drawn)))

    train = [t for t in trades if t.split == "train" and t.name not in LATER]
    dev = [trade for trade in trades if trade.split == "dev"]
    step, steps = 0, ROUNDS * len(train)
    for round_number in range(STOP_AFTER):
        began, loss_sum = time.time(), 0.0
        for at in random.permutation(len(train)):
            step += 1
            rate = RATE * min(1, step / 10) * max(0.04, 1 - step / steps)
            optimizer.param_groups[0]["lr"] = rate
            loss = of_trade(train[at])
            loss_sum += loss.item()
            if step % 2 == 0:
                loss = loss + 0.5 * of_intents(sets[step // 2 % len(sets)])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(tuned, 1.0)
            optimizer.step()
        took = time.time() - began
        told = measure(dev, read)
        print(f"round {round_number}: loss {loss_sum / len(train):.2f}, dev {told}, {took:.0f} s", flush=True)
    write(out, model, upper, FIRST_LAYER, RANK, KEPT)


if __name__ == "__main__":
    main(*sys.argv[1:])
