"""The platforms on loopback, serving a world file: for the demo, tests and benchmarks.

app, serve   the application and its server
<name>/      one platform: `PLATFORM` in `__init__`; `api` (endpoints), `shapes` (bodies), `errors`,
             `limits`, `pages` (public pages), `page_shapes`, `page.js`, `recipe` (made-up worlds)
graph/       what Facebook's and Instagram's Graph API have in common
service/     requests and answers, faults, limits, usage, clock, `/_sandbox/…`
world/       what a world holds, how it is read, who is found under which id or handle
generate/    makes worlds: `python -m sandbox.generate`, from a checkout alone
"""
