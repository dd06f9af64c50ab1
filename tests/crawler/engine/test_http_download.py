"""What commands fetch without Scrapy's engine is bounded in bytes and time, as the engine's is."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError

from crawler.engine.http_download import downloading
from tests.crawler.browser.site import JSON, Site

MB = 2**20
ZEROS = bytes(64 * MB)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1)


LARGE = {
    "large": ("", lambda: ZEROS[: 40 * MB]),
    "a bomb": ("gzip", lambda: _gzip(ZEROS)),
    "a bomb in a bomb": ("gzip, gzip", lambda: _gzip(_gzip(ZEROS))),
    "a deflated bomb": ("deflate", lambda: zlib.compress(ZEROS, 1)),
}
BROKEN = {
    "no gzip": ("gzip", b"none"),
    "cut off": ("gzip", _gzip(b"x" * 9000)[:-9]),
    "not asked for": ("br", b"x"),
    "many times": ("gzip, gzip, gzip", _gzip(_gzip(_gzip(b"x")))),
}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        yield serving


async def fetched(site: Site, encoding: str, body: bytes, timeout: float = 20) -> bytes:
    site.pages["/answer"] = (200, {**JSON, "Content-Encoding": encoding}, body)
    async with downloading("tests") as download:
        request = Request(f"{site.url}/answer", meta={"download_timeout": timeout})
        return bytes((await download(request)).body)


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.slow
async def test_what_grows_beyond_all_bounds_is_given_up(site: Site, name: str) -> None:
    encoding, make = LARGE[name]
    body = make()
    tracemalloc.start()
    try:
        with pytest.raises(DownloadCancelledError, match="more than 32 MB"):
            await fetched(site, encoding, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 130 * MB


@pytest.mark.parametrize("name", BROKEN)
async def test_what_cannot_be_decompressed_is_said(site: Site, name: str) -> None:
    with pytest.raises(DownloadFailedError, match=r"decompressed|not asked for"):
        await fetched(site, *BROKEN[name])


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("gzip", _gzip),
        ("deflate", zlib.compress),
        ("gzip, gzip", lambda x: _gzip(_gzip(x))),
    ],
)
async def test_what_is_whole_is_read(
    site: Site, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    assert await fetched(site, encoding, pack(b'{"a":1}')) == b'{"a":1}'


async def test_an_answer_that_drips_ends_in_time() -> None:
    """Each piece comes soon; the whole never does."""
    import asyncio

    ended = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        ended.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    async with server, downloading("tests") as download:
        request = Request(f"http://127.0.0.1:{address[1]}/", meta={"download_timeout": 0.3})
        with pytest.raises(DownloadTimeoutError):
            await download(request)
        await ended.wait()
