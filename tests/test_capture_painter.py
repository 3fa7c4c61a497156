"""Decoded pictures made RGB: what is not interpolated is the same to the last bit."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation, VideoReformatter

from formcheck.capture.orientation import Orientation
from formcheck.capture.painter import Painter


@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12", "gray"])
@pytest.mark.parametrize("size", [(64, 48), (63, 47), (1280, 720), (322, 182)])
def test_colours_are_those_of_the_careful_way(form, size):
    width, height = size
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    picture = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format=form)
    frame = Painter(size, Orientation(), None).frame(picture, 3, 0.5)
    careful = VideoReformatter().reformat(picture, width, height, "rgb24", interpolation=Interpolation.BILINEAR).to_ndarray()
    assert (frame.index, frame.time_s) == (3, 0.5)
    assert np.array_equal(frame.image, careful)
