"""Segment's client for Node.js works by changing its host; `make test` installs it where npm is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from server.test_serve import serving, wait_for
from sojourn.workspace import Workspace

PACKAGE = "@segment/analytics-node"
NODE = Path(os.environ.get("SOJOURN_NODE", Path(__file__).parents[2] / ".node"))
SCRIPT = """
const { Analytics } = require('@segment/analytics-node');
const [host, writeKey] = process.argv.slice(-2);
const client = new Analytics({ host, writeKey, flushAt: 7 });
client.on('error', (error) => { console.error(error); process.exitCode = 1; });
client.identify({ userId: 'node', traits: { plan: 'gold' } });
for (let i = 0; i < 20; i++) {
  client.track({ userId: 'node', event: 'Product Viewed', messageId: 'node-' + i });
}
client.page({ anonymousId: 'browser', messageId: 'node-page', properties: { url: 'http://a/' } });
client.track({ userId: 'node', event: 'Order Completed', messageId: 'node-order',
  properties: { revenue: 12.5, currency: 'EUR', order_id: 'o1' } });
client.closeAndFlush().then(() => console.log('flushed'));
"""

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js"),
    pytest.mark.skipif(
        not (NODE / "node_modules" / PACKAGE).is_dir(),
        reason=f"needs npm's {PACKAGE}: make node",
    ),
]


def test_segments_node_client_works_by_changing_its_host(tmp_path):
    with serving(tmp_path / "shop") as server:
        host = f"http://127.0.0.1:{server.port}"
        found = subprocess.run(
            ["node", "-e", SCRIPT, "--", host, server.key],
            cwd=NODE, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (found.returncode, found.stdout, found.stderr) == (0, "flushed\n", "")
        sent = {f"node-{i}" for i in range(20)} | {"node-page", "node-order"}
        wait_for(lambda: Workspace(server.folder).log.exists() and sent <= set(server.event_ids()))
        assert len(server.event_ids()) == len(sent)
        wait_for(lambda: "gold" in str(Workspace(server.folder).people.show("node")))
        wait_for(lambda: Workspace(server.folder).journey().stages().rows[4]["reached"] == 1)
