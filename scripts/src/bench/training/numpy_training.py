"""Trains a perceptron in numpy and times itself: the yardstick of the benchmark `training`.

Takes a folder with features.f32, labels.u8 and weights.f32, the sizes of the layers, the batch and the learning rate.
First line of the output: versions. Then, for each line of the input, one epoch from the given weights: its
milliseconds, and the loss of the last step before its update.
"""

import json
import sys
import time

import numpy as np


def blas_library():
    """What the products of numpy are computed by: the file that is mapped into this process."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            files = {line.split()[-1] for line in maps if "blas" in line.lower()}
    except OSError:
        return "unknown"
    return ", ".join(sorted(file.rsplit("/", 1)[-1] for file in files)) or "unknown"


def layers_of(vector, sizes):
    layers, offset = [], 0
    for rows, columns in zip(sizes, sizes[1:]):
        weight = vector[offset : offset + rows * columns].reshape(rows, columns).copy()
        offset += rows * columns
        layers.append((weight, vector[offset : offset + columns].copy()))
        offset += columns
    return layers


def step(layers, inputs, labels, rate):
    """One step of SGD on the mean cross-entropy; changes the layers and answers the loss before."""
    activations = [inputs]
    for index, (weight, bias) in enumerate(layers):
        scores = activations[-1] @ weight + bias
        activations.append(scores if index == len(layers) - 1 else np.maximum(scores, 0))
    scores = activations.pop()
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float((np.log(sums[:, 0]) - shifted[rows, labels]).mean())
    deltas = powers / sums
    deltas[rows, labels] -= 1
    deltas /= len(labels)
    for weight, bias in reversed(layers):
        below = activations.pop()
        gradient = below.T @ deltas
        bias_gradient = deltas.sum(axis=0)
        if activations:
            deltas = (deltas @ weight.T) * (below > 0)
        weight -= rate * gradient
        bias -= rate * bias_gradient
    return loss


def main():
    folder, sizes, batch, rate = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), np.float32(sys.argv[4])
    features = np.fromfile(f"{folder}/features.f32", dtype="<f4").reshape(-1, sizes[0])
    labels = np.fromfile(f"{folder}/labels.u8", dtype=np.uint8)
    start = np.fromfile(f"{folder}/weights.f32", dtype="<f4")
    print(json.dumps({"numpy": np.__version__, "blas": blas_library()}), flush=True)
    for _ in sys.stdin:
        layers = layers_of(start, sizes)
        loss = float("nan")
        started = time.perf_counter()
        for first in range(0, len(labels) - batch + 1, batch):
            loss = step(layers, features[first : first + batch], labels[first : first + batch], rate)
        print(json.dumps({"ms": (time.perf_counter() - started) * 1000, "loss": loss}), flush=True)


main()
