from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proxies.running import NAME, RunningProxy, proxy
from tests.sandbox.running import Sandbox


@pytest.fixture(scope="module")
def running_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """One proxy with a login for the tests of a file; this process knows its certificate."""
    with proxy(tmp_path_factory.mktemp("proxy")) as one, pytest.MonkeyPatch.context() as patched:
        patched.setenv("SSL_CERT_FILE", str(one.authority))
        yield one


@pytest.fixture
def far(sandbox: Sandbox) -> str:
    """The sandbox's address beyond the proxy: nothing here can resolve it."""
    return sandbox.base.replace("127.0.0.1", NAME)
