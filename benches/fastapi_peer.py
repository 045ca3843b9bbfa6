"""What most people would write to serve the same weights: FastAPI before ONNX Runtime.

Started by `serve.py` with uvicorn. `PEER_THREADS` are ONNX Runtime's threads; with `PEER_INLINE=1` the
handler scores on the event loop, which is right where every core has a process of its own; else it
runs in Starlette's thread pool.
"""

import os
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

import peer_network
from peer_network import onnx_logits, session

CHECKPOINT = Path(os.environ["PEER_CHECKPOINT"])

app = FastAPI()
network = session(os.environ["PEER_ONNX"], int(os.environ["PEER_THREADS"]))
tokenizer = peer_network.tokenizer(CHECKPOINT)


class Request(BaseModel):
    text: str


class Reply(BaseModel):
    logit: float


def score(request: Request) -> Reply:
    return Reply(logit=float(onnx_logits(network, [tokenizer.encode(request.text).ids])[0]))


async def score_inline(request: Request) -> Reply:
    return score(request)


app.post("/v1/score")(score_inline if os.environ.get("PEER_INLINE") else score)


@app.get("/healthz")
def healthz() -> str:
    return "alive"
