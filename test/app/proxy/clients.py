"""What HTTP clients of Python do, through the proxy: prints one JSON object of outcomes."""
import gzip, hashlib, http.client, json, os, socket, sys, time

port, token, path, vm, log = sys.argv[1:6]
objects = "/objectstorage/n/ns/b/exports/o/daily"
auth = {"X-Api-Key": token}
big = os.urandom(1024) * 4096
out = {}


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)


def drive(make):
    """Everything on one connection: kept alive from request to request."""
    c = make()

    def ask(method, url, body=None, headers={}, **more):
        c.request(method, url, body=body, headers=headers, **more)
        response = c.getresponse()
        return response.status, response.read(), response

    first = ask("GET", f"/core/20160918/instances/{vm}")
    mine = c.sock
    results = {
        "get": first[0],
        "head": ask("HEAD", f"{objects}/x")[:2] == (200, b""),
        "upload": ask("PUT", f"{objects}/big", big)[0],
        "after": ask("GET", f"/core/20160918/instances/{vm}")[0],
        "refused": ask("GET", "/core/20160918/instances/other")[0],
        "gzip": ask("POST", f"/loggingingestion/20200831/logs/{log}/actions/push", gzip.compress(b"{}" * 1000),
                    {"Content-Encoding": "gzip", "Content-Type": "application/json"})[0],
        "download": hashlib.sha256(ask("GET", f"{objects}/big/4194304")[1]).hexdigest(),
        "range": ask("GET", f"{objects}/x", headers={"Range": "bytes=0-3"})[0],
        "kept alive": c.sock is mine,
        "chunked": ask("PUT", f"{objects}/x", iter([b"a", b"b"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)[0],
    }
    c.close()
    return results


class Port(http.client.HTTPConnection):
    def request(self, method, url, body=None, headers={}, **more):
        super().request(method, url, body=body, headers={**headers, **auth}, **more)


out["http.client, port"] = drive(lambda: Port("127.0.0.1", int(port)))
out["http.client, socket"] = drive(lambda: UnixConnection("localhost"))

try:
    import requests

    s = requests.Session()
    s.headers.update(auth)
    base = f"http://127.0.0.1:{port}"
    r = s.get(f"{base}/core/20160918/instances/{vm}")
    with_expect = s.put(f"{base}{objects}/x", data=b"abc", headers={"Expect": "100-continue"})
    out["requests"] = {
        "get": r.status_code,
        "json": r.json(),
        "upload": s.put(f"{base}{objects}/big", data=big).status_code,
        "chunked": s.put(f"{base}{objects}/x", data=iter([b"a", b"b"])).status_code,
        "chunks that are signed": s.post(f"{base}/loggingingestion/20200831/logs/{log}/actions/push",
                                         data=iter([b"{", b"}"]), headers={"Content-Type": "application/json"}).status_code,
        "expect": with_expect.status_code,
        "redirect": s.get(f"{base}{objects}/redirect", allow_redirects=False).status_code,
        "query": s.get(f"{base}/core/20160918/instances/{vm}", params={"x": "a b&c/é+", "y": ["1", "2"]}).status_code,
        "object name": s.get(f"{base}{objects}/a b+c&d'(é)%2541~!").status_code,
        "stream": sum(len(c) for c in s.get(f"{base}{objects}/big/4194304", stream=True).iter_content(65536)),
    }
except ImportError:
    out["requests"] = None
print(json.dumps(out))
