"""The sprites of the overlay: kept, but not without end."""

from __future__ import annotations

import numpy as np

from formcheck.report.overlay_sprites import Sprite, SpriteCache


def test_the_sprites_kept_stay_within_their_memory() -> None:
    def painted(rows: int) -> Sprite:
        return Sprite(np.zeros((rows, 10, 3), np.uint8), np.zeros((rows, 10, 3), np.uint8))

    cache = SpriteCache(size=100, most_bytes=600)
    kept = [cache.get(name, lambda: painted(5)) for name in "ab"]
    assert cache.get("a", lambda: painted(1)) is kept[0] and cache.get("b", lambda: painted(1)) is kept[1]
    cache.get("c", lambda: painted(5))
    assert cache.get("a", lambda: painted(1)) is not kept[0]
    large = cache.get("large", lambda: painted(500))
    assert cache.get("large", lambda: painted(1)) is large
