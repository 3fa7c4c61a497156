"""The pose model without the part that paints the outline of the body.

The landmark network of MediaPipe's bundles ends in five outputs. One of them is a mask that says of each pixel whether it belongs to the
person. MediaPipe computes it for every picture, also when nobody asks for masks, and it takes a good third of the time of "full" and more
of "lite", because its last layers work at the full size of the picture with only eight channels, which leaves most of a vector unit idle.
Here the operations that nothing but the mask needs are taken out of the list of what is computed. All others stay as they are and see the
same numbers, so the landmarks are the same to the last bit (tested).

The bundle on disk is not touched. Layout of a ``.tflite`` file: ``schema.fbs`` of TensorFlow Lite.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence

from flatbuffers import encode, number_types
from flatbuffers.table import Table

__all__ = ["LANDMARK_NETWORK", "without_mask"]

#: Its file in a bundle.
LANDMARK_NETWORK = "pose_landmarks_detector.tflite"


def _slot(number: int) -> int:
    """Where a table's directory says where its field with this number in the schema is."""
    return 4 + 2 * number


_MODEL_SUBGRAPHS = _slot(2)
_GRAPH_TENSORS, _GRAPH_OUTPUTS, _GRAPH_OPERATORS = _slot(0), _slot(2), _slot(3)
_TENSOR_SHAPE = _slot(0)
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS = _slot(1), _slot(2)


def without_mask(bundle: bytes) -> bytes:
    """The same bundle, its landmark network without the operations that only the mask needs.

    In place of the mask the network hands out a number that it computes anyway; whoever asks MediaPipe for masks must not use this.

    Parameters
    ----------
    bundle
        A ``.task`` file.

    Returns
    -------
    bytes
        A ``.task`` file; what was given, where it is none, or holds no such network or one of another build.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as whole:
            files = {entry: whole.read(entry) for entry in whole.infolist()}
    except zipfile.BadZipFile:
        return bundle
    networks = [entry for entry in files if entry.filename == LANDMARK_NETWORK]
    lean = _lean(files[networks[0]]) if len(networks) == 1 else None
    if lean is None:
        return bundle
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as smaller:
        for entry, content in files.items():
            # The entry's own padding keeps each network where its numbers are aligned.
            smaller.writestr(entry, lean if entry is networks[0] else content)
    return out.getvalue()


def _lean(network: bytes) -> bytes | None:
    data = bytearray(network)
    model = Table(data, encode.Get(number_types.UOffsetTFlags.packer_type, data, 0))
    graphs = _tables(model, _MODEL_SUBGRAPHS)
    if len(graphs) != 1:
        return None
    (graph,) = graphs
    outputs = _numbers(graph, _GRAPH_OUTPUTS)
    tensors = _tables(graph, _GRAPH_TENSORS)
    masks = [place for place, tensor in enumerate(outputs) if _is_mask(tensors[tensor])]
    if len(masks) != 1 or len(outputs) == 1:
        return None
    operators = _tables(graph, _GRAPH_OPERATORS)
    made_by = {tensor: k for k, operator in enumerate(operators) for tensor in _numbers(operator, _OPERATOR_OUTPUTS)}
    wanted = [tensor for place, tensor in enumerate(outputs) if place not in masks]
    if not all(tensor in made_by for tensor in wanted):
        return None
    # Handed out in the mask's place: what goes into the last operation of another output. An output must not be there twice.
    stand_in = _numbers(operators[made_by[wanted[0]]], _OPERATOR_INPUTS)[0]
    if stand_in in outputs or stand_in not in made_by:
        return None
    kept = _needed(wanted, operators, made_by)
    _keep(data, graph, [operator for k, operator in enumerate(operators) if k in kept])
    struct.pack_into("<i", data, _vector(graph, _GRAPH_OUTPUTS)[0] + 4 * masks[0], stand_in)
    return bytes(data)


def _is_mask(tensor: Table) -> bool:
    """Whether it is one number for each pixel of one picture."""
    shape = _numbers(tensor, _TENSOR_SHAPE)
    return len(shape) == 4 and shape[0] == shape[3] == 1 and shape[1] == shape[2] > 1


def _needed(tensors: Iterable[int], operators: Sequence[Table], made_by: dict[int, int]) -> set[int]:
    """The operators, by number, that these tensors come from."""
    needed: set[int] = set()
    open_ends = list(tensors)
    while open_ends:
        number = made_by.get(open_ends.pop())
        if number is not None and number not in needed:
            needed.add(number)
            open_ends += _numbers(operators[number], _OPERATOR_INPUTS)
    return needed


def _keep(data: bytearray, graph: Table, operators: Sequence[Table]) -> None:
    """Shorten the graph's list of operators, in place, to these."""
    start, _ = _vector(graph, _GRAPH_OPERATORS)
    struct.pack_into("<I", data, start - 4, len(operators))
    for k, operator in enumerate(operators):
        # An entry is the distance from itself to the table, unsigned; tables are never in front of the lists that name them.
        struct.pack_into("<I", data, start + 4 * k, operator.Pos - (start + 4 * k))


def _vector(table: Table, slot: int) -> tuple[int, int]:
    """Where a field that is a list begins in the file, and how long it is; (0, 0) when it is left out."""
    offset = table.Offset(slot)
    return (table.Vector(offset), table.VectorLen(offset)) if offset else (0, 0)


def _tables(table: Table, slot: int) -> list[Table]:
    start, length = _vector(table, slot)
    return [Table(table.Bytes, table.Indirect(start + 4 * k)) for k in range(length)]


def _numbers(table: Table, slot: int) -> list[int]:
    start, length = _vector(table, slot)
    return list(struct.unpack_from(f"<{length}i", table.Bytes, start))
