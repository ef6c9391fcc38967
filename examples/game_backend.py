"""A game in Python that uses Hearth over HTTP. It needs nothing but Python 3.9.

    HEARTH=http://127.0.0.1:3400 python3 examples/game_backend.py demo c1
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid


class Hearth:
    """The HTTP API of Hearth, for one world."""

    def __init__(self, address, world, token=None):
        self.base = f"{address}/api/v1/worlds/{urllib.parse.quote(world, safe='')}"
        self.token = token

    def ask(self, method, path, body=None, key=None):
        """The answer as Python values. Raises RuntimeError with Hearth's own words."""
        request = urllib.request.Request(self.base + path, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if key:
            # Sent again with the same key, a request is executed once.
            request.add_header("Idempotency-Key", key)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, data, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            raise RuntimeError(f"{problem['code']}: {problem['detail']}") from None

    def enter(self):
        """A player enters the world: workers make it warm."""
        return self.ask("POST", "/activation")

    def turn(self, character):
        """What a turn of play needs, all of one version of the world."""
        entries = [
            {"kind": "flags"},
            {"kind": "entity", "type": "character", "id": character},
            {"kind": "timeline", "id": character},
        ]
        return self.ask("POST", "/read", {"entries": entries, "limit": 20})["values"]

    def happened(self, event):
        """Every reader sees the event at once; a worker writes it to Neo4j."""
        return self.ask("POST", "/events", {"events": [event]}, key=str(uuid.uuid4()))

    def changed(self, changes):
        """Reports what this game has changed in Neo4j, after its commit."""
        return self.ask("POST", "/changes", {"changes": changes}, key=str(uuid.uuid4()))


def main(world, character):
    hearth = Hearth(os.environ["HEARTH"], world, os.environ.get("TOKEN"))
    print("warmed by the job", hearth.enter()["id"])
    flags, me, _ = hearth.turn(character)
    print(f"{me['name']}, while the weather is {flags.get('weather', 'unknown')}")
    hearth.happened({"timestamp": "2042-03-01T12:00:00", "title": "A door opens", "participants": [character]})
    _, _, recent = hearth.turn(character)
    print("last event:", recent[0]["title"])
    print(hearth.changed([{"kind": "entity-updated", "type": "character", "id": character}])["outcome"])


if __name__ == "__main__":
    main(*sys.argv[1:3])
