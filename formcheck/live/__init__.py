"""The live coach put together: a camera, the pose model that this machine can carry, the coach, and a window."""
