"""The pose model without the mask: less to compute, the same landmarks to the last bit."""

from __future__ import annotations

import io
import zipfile
from itertools import islice

import numpy as np
import pytest
from flatbuffers.table import Table

from formcheck.capture import lean_model
from formcheck.capture.bundles import SHA256, bundle
from formcheck.capture.lean_model import LANDMARK_NETWORK, without_mask
from formcheck.capture.runtime import load_landmarker, load_mediapipe
from formcheck.capture.video import VideoFile

#: Operations that only the mask needs, by the authors' graph: those after the last layer that the landmarks share with it.
MASK_OPERATIONS = {"lite": 47, "full": 46, "heavy": 46}


def network_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return files.read(LANDMARK_NETWORK)


def graph_of(network: bytes) -> Table:
    model = Table(bytearray(network), int.from_bytes(network[:4], "little"))
    return lean_model._tables(model, lean_model._MODEL_SUBGRAPHS)[0]


def bundled(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as task:
        for name, content in files.items():
            task.writestr(name.replace("__", "."), content)
    return out.getvalue()


@pytest.mark.parametrize("name", SHA256)
def test_only_the_list_of_operations_and_one_output_are_changed(name):
    content = bundle(name).path.read_bytes()
    lean = without_mask(content)
    assert len(lean) == len(content)
    before, after = graph_of(network_of(content)), graph_of(network_of(lean))
    operators = [lean_model._tables(graph, lean_model._GRAPH_OPERATORS) for graph in (before, after)]
    assert len(operators[0]) - len(operators[1]) == MASK_OPERATIONS[name]
    assert {table.Pos for table in operators[1]} <= {table.Pos for table in operators[0]}
    outputs = [lean_model._numbers(graph, lean_model._GRAPH_OUTPUTS) for graph in (before, after)]
    changed = [k for k, pair in enumerate(zip(*outputs, strict=True)) if pair[0] != pair[1]]
    assert changed == [2] and len(set(outputs[1])) == len(outputs[1])
    # The list itself, an output, and in the bundle the two checksums.
    start, length = lean_model._vector(before, lean_model._GRAPH_OPERATORS)
    different = np.flatnonzero(np.frombuffer(network_of(content), np.uint8) != np.frombuffer(network_of(lean), np.uint8))
    assert ((different >= start - 4) & (different < start + 4 * length)).sum() >= len(different) - 4


@pytest.mark.parametrize("name", SHA256)
def test_every_output_of_the_lean_network_is_computed(name):
    graph = graph_of(network_of(without_mask(bundle(name).path.read_bytes())))
    operators = lean_model._tables(graph, lean_model._GRAPH_OPERATORS)
    known = set(lean_model._numbers(graph, 4 + 2 * 1))
    constants = {
        k for k, tensor in enumerate(lean_model._tables(graph, lean_model._GRAPH_TENSORS)) if tensor.Offset(4 + 2 * 2)
    }  # a tensor with a buffer of its own
    for operator in operators:
        needed = [tensor for tensor in lean_model._numbers(operator, lean_model._OPERATOR_INPUTS) if tensor >= 0]
        assert all(tensor in known or tensor in constants for tensor in needed)
        known.update(lean_model._numbers(operator, lean_model._OPERATOR_OUTPUTS))
    assert known.issuperset(lean_model._numbers(graph, lean_model._GRAPH_OUTPUTS))


def test_what_holds_no_mask_is_left_as_it_is():
    lean = without_mask(bundle("lite").path.read_bytes())
    for content in (
        bundled(other__tflite=b"not the network"),
        bundled(),
        b"no archive",
        # The mask is gone already.
        lean,
        # The detector finds people and has no mask.
        bundled(pose_landmarks_detector__tflite=detector_of(lean)),
    ):
        assert without_mask(content) is content


def detector_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return files.read("pose_detector.tflite")


@pytest.mark.model
@pytest.mark.parametrize("name", ["lite", "full", pytest.param("heavy", marks=pytest.mark.slow)])
def test_the_landmarks_are_the_same_to_the_last_bit(name, root):
    with VideoFile(root / "samples" / "hip-internal-rotation-too-far.mp4") as video:
        frames = list(islice(video, 0, 240, 6))
    seen = {lean: landmarks(frames, name, lean) for lean in (False, True)}
    assert seen[True].shape == (len(frames), 33, 8)
    np.testing.assert_array_equal(seen[True], seen[False])


def landmarks(frames, name, lean):
    mp = load_mediapipe()
    found = []
    with load_landmarker(bundle(name), video=True, lean=lean) as landmarker:
        for frame in frames:
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.image)
            result = landmarker.detect_for_video(picture, round(1000 * frame.time_s))
            marks = zip(result.pose_landmarks[0], result.pose_world_landmarks[0], strict=True)
            found.append([(a.x, a.y, a.z, a.visibility, a.presence, b.x, b.y, b.z) for a, b in marks])
    return np.array(found)
