"""Vectors and angles on arrays. Knows no body: the last axis is the vector, all axes before it are samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Float", "angle_between_deg", "cross", "dot", "from_vertical_deg", "unit"]

Float = npt.NDArray[np.float64]


def dot(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Float:
    """Scalar product along the last axis. NaN in, NaN out."""
    product: Float = np.einsum("...i,...i->...", a, b)
    return product


def cross(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Float:
    """Vector product of (..., 3) vectors. As np.cross gives it, which spends most of its time on finding out where the axes are."""
    x = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    product: Float = np.empty((*x.shape, 3), x.dtype)
    product[..., 0] = x
    product[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    product[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def unit(vector: npt.NDArray[Any]) -> Float:
    """The vector divided by its length; NaN for a vector of length 0 or with a NaN."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(length > 0, vector / length, np.nan), np.float64)


def angle_between_deg(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Float:
    """Angle between two vectors in degrees, 0..180; NaN when either has no direction."""
    return np.degrees(np.arccos(np.clip(dot(unit(a), unit(b)), -1.0, 1.0)))


def from_vertical_deg(vector_xy: npt.NDArray[Any]) -> Float:
    """Lean of an upward image vector from the vertical, degrees in (-180, 180].

    The vector is in pixels, y down. 0 points up, positive leans towards +x (the right of the picture).
    """
    return np.asarray(np.degrees(np.arctan2(vector_xy[..., 0], -vector_xy[..., 1])), np.float64)
