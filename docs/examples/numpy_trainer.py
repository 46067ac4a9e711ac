#!/usr/bin/env python3
"""Trains a perceptron with numpy, as a trainer of an agent: see docs/guides/other-trainers.md."""
import json
import os
import struct

import numpy as np


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = file.read()
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            arrays[name] = np.frombuffer(values[begin:end], "<f4").reshape(entry["shape"])
    return arrays


def write_safetensors(path, arrays):
    header, end = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array, "<f4").tobytes())


def gradients(weights, names, features, labels):
    """Mean loss, the gradient of each array, and how many rows were right: dense layers, ReLU between, softmax."""
    layers = list(zip(names[0::2], names[1::2]))
    inputs = [features]
    for weight, bias in layers:
        scores = inputs[-1] @ weights[weight] + weights[bias]
        inputs.append(np.maximum(scores, 0))
    shifted = scores - scores.max(axis=1, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -logarithms[rows, labels].mean()
    right = (scores.argmax(axis=1) == labels).sum()
    delta = np.exp(logarithms)
    delta[rows, labels] -= 1
    delta /= len(labels)
    found = {}
    for index in reversed(range(len(layers))):
        weight, bias = layers[index]
        found[weight], found[bias] = inputs[index].T @ delta, delta.sum(axis=0)
        delta = (delta @ weights[weight].T) * (inputs[index] > 0)
    return loss, found, right


def main():
    with open(os.environ["SEDGE_TRAINER_CONFIG"], encoding="utf-8") as file:
        config = json.load(file)
    assert config["format"] == "sedge.trainer/v1", config["format"]
    paths, local = config["paths"], config["local"]
    names = [parameter["name"] for parameter in config["parameters"]]
    origin = read_safetensors(paths["weights"])
    weights = {name: origin[name].copy() for name in names}
    features = np.load(paths["features"]).astype("<f4")
    features = features.reshape(len(features), -1) * np.float32(local.get("inputScale", 1))
    labels = np.load(paths["labels"]).astype(np.int64)

    order = np.random.default_rng(int(config["seed"]))
    size = local["batchSize"]
    steps_total = local["epochs"] * -(-len(labels) // size)
    step, right = 0, 0
    for epoch in range(local["epochs"]):
        permutation = order.permutation(len(labels))
        losses, right = [], 0
        for first in range(0, len(labels), size):
            rows = permutation[first : first + size]
            loss, found, hits = gradients(weights, names, features[rows], labels[rows])
            for name in names:
                # FedProx: the pull towards the weights of the round.
                pull = local["proximal"] * (weights[name] - origin[name])
                weights[name] -= np.float32(local["learningRate"]) * (found[name] + pull).astype("<f4")
            step, right = step + 1, right + int(hits)
            losses.append(loss * len(rows))
        mean = float(sum(losses) / len(labels))
        print("progress", json.dumps({"stepsDone": step, "stepsTotal": steps_total, "loss": mean}), flush=True)

    write_safetensors(paths["result"], weights)
    with open(paths["metrics"], "w", encoding="utf-8") as file:
        json.dump({"loss": mean, "accuracy": right / len(labels)}, file)


if __name__ == "__main__":
    main()
