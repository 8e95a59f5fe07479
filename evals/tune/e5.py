"""Reads `e5-small-q4.bin` (the format stands in crates/encoder/src/q4.rs) and runs its
layers in torch, so that they can be tuned. Tokens are found as crates/encoder/src/tokenizer.rs
finds them: the best-scored pieces, by Viterbi."""

import hashlib
import json
import math
import struct
import unicodedata

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

LONGEST_PIECE = 18


class Weights:
    """The file: its tokenizer and its tensors."""

    def __init__(self, path):
        data = open(path, "rb").read()
        if data[:4] != b"E5S1":
            raise SystemExit(f"{path} is not an e5-small-q4.bin")
        self.data, at = data, 8
        shape = struct.unpack_from("<7I", data, at)
        self.width, self.layers, self.heads, self.wide, self.words, self.places, self.kinds = shape
        at += 28
        self.epsilon, _block = struct.unpack_from("<fI", data, at)
        at += 8
        count, self.start, self.end, self.padding, self.unknown = struct.unpack_from("<5I", data, at)
        at += 20
        (length,) = struct.unpack_from("<Q", data, at)
        at += 8
        starts = np.frombuffer(data, "<u4", count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(data, "<f4", count, at)
        at += 4 * count
        text = data[at : at + length]
        at += length
        self.pieces = {
            text[starts[i] : starts[i + 1]]: (i, float(scores[i])) for i in range(count)
        }
        self.worst = float(scores.min()) - 10
        _entries, table = struct.unpack_from("<2I", data, at)
        at += 8 + table
        (tensors,) = struct.unpack_from("<I", data, at)
        at += 4
        self.tensors = {}
        for _ in range(tensors):
            (size,) = struct.unpack_from("<H", data, at)
            at += 2
            name = data[at : at + size].decode()
            at += size
            kind, values = struct.unpack_from("<BI", data, at)
            at += 5
            self.tensors[name] = (kind, values, *struct.unpack_from("<2Q", data, at))
            at += 16

    def tensor(self, name, *shape):
        """A tensor in 32-bit floats."""
        kind, values, offset, length = self.tensors[name]
        if kind == 0:
            flat = np.frombuffer(self.data, "<f4", values, offset).copy()
            return torch.from_numpy(flat).view(*shape)
        blocks = np.frombuffer(self.data, np.uint8, length, offset).reshape(-1, 18)
        scales = blocks[:, :2].copy().view("<f2").astype("f4")
        low = (blocks[:, 2:] & 15).astype("f4") - 8
        high = (blocks[:, 2:] >> 4).astype("f4") - 8
        return torch.from_numpy(np.concatenate([low, high], 1) * scales).reshape(*shape)

    def tokens(self, text, most=96, kind="query"):
        """The ids of a text's pieces, start and end included."""
        plain = unicodedata.normalize("NFKC", f"{kind}: {text}")
        letters = ("▁" + "▁".join(plain.split()))[: 7 * most]
        encoded = [letter.encode() for letter in letters]
        best = [0.0] + [-math.inf] * len(letters)
        came = [None] * (len(letters) + 1)
        for at in range(len(letters)):
            piece = b""
            for end in range(at + 1, min(len(letters), at + LONGEST_PIECE) + 1):
                piece += encoded[end - 1]
                known = self.pieces.get(piece)
                if known and best[at] + known[1] > best[end]:
                    best[end], came[end] = best[at] + known[1], (at, known[0])
            if best[at] + self.worst > best[at + 1]:
                best[at + 1], came[at + 1] = best[at] + self.worst, (at, self.unknown)
        ids, at = [], len(letters)
        while at > 0:
            at, piece = came[at]
            ids.append(piece)
        return [self.start, *ids[::-1][: most - 2], self.end]


class Tunable(nn.Module):
    """A matrix that stays, and two thin ones beside it that are trained (Hu et al.,
    "LoRA", 2021)."""

    SCALE = 2.0

    def __init__(self, weight, bias, rank):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.rank = rank
        if rank:
            start = torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1])
            self.a = nn.Parameter(start)
            self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x):
        out = F.linear(x, self.weight, self.bias)
        return out + F.linear(F.linear(x, self.a), self.b) * self.SCALE if self.rank else out


class Layer(nn.Module):
    """One layer of the encoder."""

    MATRICES = ("q", "k", "v", "ao", "fi", "fo")

    def __init__(self, weights, number, rank):
        super().__init__()
        width, wide = weights.width, weights.wide
        self.heads, self.epsilon = weights.heads, weights.epsilon
        shapes = {"fi": (wide, width), "fo": (width, wide)}
        for name in self.MATRICES:
            outputs, inputs = shapes.get(name, (width, width))
            weight = weights.tensor(f"l{number}.{name}.w", outputs, inputs)
            bias = weights.tensor(f"l{number}.{name}.b", outputs)
            setattr(self, name, Tunable(weight, bias, rank))
        for norm in ("aln", "oln"):
            for part in ("w", "b"):
                tensor = weights.tensor(f"l{number}.{norm}.{part}", width)
                self.register_buffer(f"{norm}_{part}", tensor)

    def forward(self, x, mask):
        batch, length, width = x.shape

        def by_head(y):
            return y.view(batch, length, self.heads, -1).transpose(1, 2)

        seen = F.scaled_dot_product_attention(
            by_head(self.q(x)), by_head(self.k(x)), by_head(self.v(x)), attn_mask=mask
        )
        seen = self.ao(seen.transpose(1, 2).reshape(batch, length, width))
        x = F.layer_norm(x + seen, (width,), self.aln_w, self.aln_b, self.epsilon)
        wide = self.fo(F.gelu(self.fi(x)))
        return F.layer_norm(x + wide, (width,), self.oln_w, self.oln_b, self.epsilon)


class Stack(nn.Module):
    """Some of the layers, one after the other."""

    def __init__(self, weights, first, last, rank):
        super().__init__()
        self.layers = nn.ModuleList(Layer(weights, n, rank) for n in range(first, last))

    def forward(self, x, mask):
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Words:
    """What stands before the first layer."""

    def __init__(self, weights):
        width = weights.width
        self.epsilon = weights.epsilon
        self.words = weights.tensor("emb.word", weights.words, width)
        kinds = weights.tensor("emb.type", weights.kinds, width)
        self.places = weights.tensor("emb.pos", weights.places, width) + kinds[0]
        self.scale = weights.tensor("emb.ln.w", width)
        self.shift = weights.tensor("emb.ln.b", width)

    def __call__(self, ids):
        x = self.words[ids] + self.places[: ids.shape[1]]
        return F.layer_norm(x, (x.shape[-1],), self.scale, self.shift, self.epsilon)


def sentence(upper, below):
    """What the upper layers make of texts: the mean over each one's tokens, of length 1."""
    lengths = torch.tensor([len(x) for x in below])
    x = torch.zeros(len(below), int(lengths.max()), below[0].shape[1])
    for row, tokens in enumerate(below):
        x[row, : len(tokens)] = tokens.float()
    mask = torch.arange(x.shape[1])[None] < lengths[:, None]
    x = upper(x, mask[:, None, None, :]).float()
    return F.normalize((x * mask[..., None]).sum(1) / lengths[:, None], dim=-1)


def batches(numbers, tokens, random=None, size=1_024):
    """Texts of like length together, so many tokens at a time."""
    found, open_batch = [], []
    for number in sorted(numbers, key=lambda n: len(tokens[n])):
        if open_batch and (len(open_batch) + 1) * len(tokens[number]) > size:
            found.append(open_batch)
            open_batch = []
        open_batch.append(number)
    found.append(open_batch)
    if random is not None:
        random.shuffle(found)
    return found


def layers_below(weights, first, tokens):
    """What the layers before `first` make of numbered texts, a row for each token."""
    lower, words, below = Stack(weights, 0, first, 0).eval(), Words(weights), {}
    with torch.inference_mode():
        for batch in batches(list(tokens), tokens, size=4_096):
            longest = max(len(tokens[n]) for n in batch)
            ids = torch.full((len(batch), longest), weights.padding)
            for row, n in enumerate(batch):
                ids[row, : len(tokens[n])] = torch.tensor(tokens[n])
            lengths = torch.tensor([len(tokens[n]) for n in batch])
            mask = (torch.arange(longest)[None] < lengths[:, None])[:, None, None, :]
            for row, (n, x) in enumerate(zip(batch, lower(words(ids), mask).half())):
                below[n] = x[: len(tokens[n])].clone()
    return below


def write(out, model, upper, first, rank, kept=1.0):
    """Writes the adapter, or so much of it; its format stands in
    crates/encoder/src/adapter.rs."""
    header = {
        "model": hashlib.sha256(open(model, "rb").read()).hexdigest(),
        "first_layer": first,
        "layers": first + len(upper.layers),
        "rank": rank,
        "scale": Tunable.SCALE * kept,
    }
    header = json.dumps(header).encode()
    with open(out, "wb") as file:
        file.write(b"SGA1" + struct.pack("<I", len(header)) + header)
        for layer in upper.layers:
            for name in Layer.MATRICES:
                matrix = getattr(layer, name)
                for part in (matrix.a, matrix.b):
                    file.write(part.detach().numpy().astype("<f2").tobytes())
