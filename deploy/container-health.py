"""Whether what runs in the container answers: the scheduler (`/healthz`, port 9640), or else the pages (port 8400).

The pages know no name but the proxy's and answer a probe with 421, which shows as much: the process answers.
"""

from __future__ import annotations

import http.client
import sys

SECONDS = 15


def main(scheduler: int = 9640, pages: int = 8400) -> int:
    """0 where the one that runs is well, 1 where it is not or none answers."""
    for port, well in ((scheduler, {200}), (pages, {200, 421})):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        try:
            connection.request("GET", "/healthz")
            return int(connection.getresponse().status not in well)
        except ConnectionRefusedError:
            continue  # the other one runs here
        except (OSError, http.client.HTTPException):
            return 1
        finally:
            connection.close()
    return 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
