"""What a JPEG says of itself (ITU-T T.81, annex B)."""

from __future__ import annotations

_START, _END = b"\xff\xd8", b"\xff\xd9"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels; fails for what is no whole JPEG."""
    assert jpeg.startswith(_START)
    assert jpeg.endswith(_END)
    place = len(_START)
    while jpeg[place + 1] not in _FRAMES:
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4])
    height, width = (int.from_bytes(jpeg[place + at : place + at + 2]) for at in (5, 7))
    return width, height
