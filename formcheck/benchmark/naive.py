"""The loop that is usually written: read a picture, find the pose, draw lines and words, write the picture, one after the other.

It stands by itself, with nothing of formcheck in it, and also runs as a program of its own: ``naive.py VIDEO MODEL.task [OUT.mp4]``.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["naive_loop"]

_BONES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24),
    (23, 25), (25, 27), (27, 29), (29, 31), (27, 31), (24, 26), (26, 28), (28, 30), (30, 32), (28, 32),
)  # fmt: skip


def naive_loop(video: str, model: str, out: str | None, most_frames: int | None = None) -> int:
    """Go through a film and return how many frames there were.

    Parameters
    ----------
    video
        The film.
    model
        The file of the pose model.
    out
        The drawn film to write, as MPEG-4 Part 2, since that is what OpenCV writes everywhere; None: nothing is drawn and written.
    most_frames
        Stop after so many.
    """
    import cv2
    import mediapipe as mp

    vision: Any = mp.tasks.vision
    options = vision.PoseLandmarkerOptions(base_options=mp.tasks.BaseOptions(model_asset_path=model), running_mode=vision.RunningMode.VIDEO)
    capture: Any = cv2.VideoCapture(video)
    fps = capture.get(cv2.CAP_PROP_FPS) or 30.0
    writer: Any = None
    frames = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        while most_frames is None or frames < most_frames:
            there, picture = capture.read()
            if not there:
                break
            rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            result = landmarker.detect_for_video(mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb), round(1000 * frames / fps))
            frames += 1
            if out is None:
                continue
            height, width = picture.shape[:2]
            if writer is None:
                fourcc: Any = cv2.VideoWriter.fourcc(*"mp4v")
                writer = cv2.VideoWriter(out, fourcc, fps, (width, height))
            if result.pose_landmarks:
                _draw(cv2, picture, [(round(mark.x * width), round(mark.y * height)) for mark in result.pose_landmarks[0]])
            cv2.putText(picture, f"frame {frames}", (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
            writer.write(picture)
    capture.release()
    if writer is not None:
        writer.release()
    return frames


def _draw(cv2: Any, picture: Any, points: list[tuple[int, int]]) -> None:
    for first, second in _BONES:
        cv2.line(picture, points[first], points[second], (0, 255, 0), 2)
    for point in points:
        cv2.circle(picture, point, 4, (0, 0, 255), -1)


if __name__ == "__main__":
    naive_loop(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
