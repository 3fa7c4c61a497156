"""Watch hip exercises through a camera: measure, count, and say what could be better.

>>> from formcheck import __version__

The rooms, in the order in which they may import one another: `motion` (pure measurement), `exercise`
(what a repetition and a mistake is), `capture` (video files and the pose model), `report` (what people
see), and `cli` on top. Importing this package does nothing but define the version.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
