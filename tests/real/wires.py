"""The four dialects: how a request is read and an answer written in each."""

from __future__ import annotations

import itertools
import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any, Protocol

from real.script import Answer, Asked, Call, Say, Tool, Turn

Event = tuple[str, Any]


class Wire(Protocol):
    """One dialect."""

    def read(self, body: dict[str, Any]) -> Asked: ...
    def is_stream(self, path: str, body: dict[str, Any]) -> bool: ...
    def stream(self, answer: Answer) -> Iterator[Event]: ...
    def whole(self, answer: Answer) -> dict[str, Any]: ...
    def failure(self, status: int) -> dict[str, Any]: ...


def find(path: str) -> Wire | None:
    """The dialect spoken at a path."""
    plain = path.split("?")[0]
    for pattern, wire in _PATHS:
        if re.search(pattern, plain):
            return wire
    return None


def _text(content: Any) -> str:
    """The words of a message's content, whatever its shape."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _text(content.get("text") or content.get("content") or content.get("output") or "")
    if isinstance(content, list):
        return "\n".join(filter(None, map(_text, content)))
    return ""


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:24]}"


def _failure(status: int) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "api_error", "code": status, "message": f"a scripted error {status}"}}


class Anthropic:
    """Anthropic Messages."""

    failure = staticmethod(_failure)

    def read(self, body: dict[str, Any]) -> Asked:
        turns: list[Turn] = []
        for message in body.get("messages", []):
            who = {"user": "user", "assistant": "model"}.get(
                message["role"]
            )  # (what a "system" says is for none of us)
            content = message["content"]
            for block in content if isinstance(content, list) else [{"type": "text", "text": content}]:
                kind = who and {"text": who, "tool_use": "call", "tool_result": "result"}.get(block.get("type"))
                text = _text(block)
                if kind and not text.lstrip().startswith("<system-reminder>"):
                    turns.append(Turn(kind, text))
        tools = tuple(Tool(tool["name"], tool.get("input_schema") or {}) for tool in body.get("tools") or [])
        return Asked(tuple(turns), tools, _text(body.get("system")))

    def is_stream(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, answer: Answer) -> dict[str, Any]:
        if isinstance(answer, Call):
            block = {"type": "tool_use", "id": _id("toolu"), "name": answer.tool, "input": answer.arguments}
        else:
            block = {"type": "text", "text": _words(answer)}
        stop = "tool_use" if isinstance(answer, Call) else "end_turn"
        usage = {"input_tokens": 10, "output_tokens": 5}
        return {
            "id": _id("msg"), "type": "message", "role": "assistant", "model": "scripted", "content": [block],
            "stop_reason": stop, "stop_sequence": None, "usage": usage,
        }  # fmt: skip

    def stream(self, answer: Answer) -> Iterator[Event]:
        message = self.whole(answer)
        block = message["content"][0]
        begun = {**message, "content": [], "stop_reason": None}
        if isinstance(answer, Call):
            start = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        else:
            start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        yield "message_start", {"type": "message_start", "message": begun}
        yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": start}
        yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": 0}
        end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        yield "message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}
        yield "message_stop", {"type": "message_stop"}


class Responses:
    """OpenAI Responses."""

    def failure(self, status: int) -> dict[str, Any]:
        """A 429 is the limit of a plan here, the way Codex is told of it."""
        limit = {"type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": "plus"}
        return {"error": {**limit, "resets_at": int(time.time()) + 3600}} if status == 429 else _failure(status)

    def read(self, body: dict[str, Any]) -> Asked:
        turns: list[Turn] = []
        system = [body.get("instructions") or ""]
        given = body.get("input", [])
        for item in given if isinstance(given, list) else [{"role": "user", "content": given}]:
            kind, text = item.get("type", "message"), _text(item.get("content") or item.get("output"))
            if kind == "message" and item["role"] in ("developer", "system"):
                system.append(text)
            elif kind == "message" and not text.lstrip().startswith(("<environment", "# AGENTS.md", "<user_instr")):
                turns.append(Turn("user" if item["role"] == "user" else "model", text))
            elif kind.endswith("_call"):
                turns.append(Turn("call", json.dumps(item)))
            elif kind.endswith("_call_output"):
                turns.append(Turn("result", text))
        tools = tuple(
            Tool(tool.get("name") or tool["type"], tool.get("parameters") or {}) for tool in body.get("tools") or []
        )
        return Asked(tuple(turns), tools, "\n".join(system))

    def is_stream(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, answer: Answer) -> dict[str, Any]:
        if isinstance(answer, Call):
            item = {
                "type": "function_call", "id": _id("fc"), "call_id": _id("call"), "status": "completed",
                "name": answer.tool, "arguments": json.dumps(answer.arguments),
            }  # fmt: skip
        else:
            words = [{"type": "output_text", "text": _words(answer), "annotations": []}]
            item = {"type": "message", "id": _id("msg"), "role": "assistant", "status": "completed", "content": words}
        usage = {
            "input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15,
        }  # fmt: skip
        return {
            "id": _id("resp"), "object": "response", "status": "completed", "model": "scripted", "output": [item],
            "usage": usage, "error": None,
        }  # fmt: skip

    def stream(self, answer: Answer) -> Iterator[Event]:
        response = self.whole(answer)
        item = response["output"][0]
        begun = {**response, "status": "in_progress", "output": [], "usage": None}
        events: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
        added = {**item, "status": "in_progress"} | ({"content": []} if item["type"] == "message" else {})
        events.append({"type": "response.output_item.added", "output_index": 0, "item": added})
        if item["type"] == "message":
            delta = item["content"][0]["text"]
            where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
            events.append({"type": "response.output_text.delta", **where, "delta": delta})
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
        events.append({"type": "response.completed", "response": response})
        for number, event in enumerate(events):
            yield event["type"], {**event, "sequence_number": number}


class Chat:
    """OpenAI Chat Completions."""

    failure = staticmethod(_failure)

    def read(self, body: dict[str, Any]) -> Asked:
        turns: list[Turn] = []
        system = []
        for message in body.get("messages", []):
            text = _text(message.get("content"))
            if message["role"] in ("system", "developer"):
                system.append(text)
            elif message["role"] == "tool":
                turns.append(Turn("result", text))
            elif message["role"] == "user":
                turns.append(Turn("user", text))
            else:
                turns += [Turn("model", text)] if text else []
                turns += [Turn("call", json.dumps(call)) for call in message.get("tool_calls") or []]
        tools = tuple(
            Tool(tool["function"]["name"], tool["function"].get("parameters") or {}) for tool in body.get("tools") or []
        )
        return Asked(tuple(turns), tools, "\n".join(system))

    def is_stream(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, answer: Answer) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": _words(answer)}
        if isinstance(answer, Call):
            function = {"name": answer.tool, "arguments": json.dumps(answer.arguments)}
            message |= {"content": None, "tool_calls": [{"id": _id("call"), "type": "function", "function": function}]}
        return self._completion("chat.completion", {"message": message, "finish_reason": self._finish(answer)})

    def stream(self, answer: Answer) -> Iterator[Event]:
        message = self.whole(answer)["choices"][0]["message"]
        calls = [{"index": index, **call} for index, call in enumerate(message.get("tool_calls", []))]
        delta = {"role": "assistant", "content": message["content"]} | ({"tool_calls": calls} if calls else {})
        kind = "chat.completion.chunk"
        yield "", self._completion(kind, {"delta": delta, "finish_reason": None})
        yield "", self._completion(kind, {"delta": {}, "finish_reason": self._finish(answer)})
        yield "", "[DONE]"

    def _finish(self, answer: Answer) -> str:
        return "tool_calls" if isinstance(answer, Call) else "stop"

    def _completion(self, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        choices = [{"index": 0, **choice}]
        return {"id": _id("c"), "object": kind, "created": 1, "model": "scripted", "choices": choices, "usage": usage}


class Gemini:
    """Gemini's generateContent."""

    failure = staticmethod(_failure)

    def read(self, body: dict[str, Any]) -> Asked:
        turns: list[Turn] = []
        for content in body.get("contents", []):
            for part in content.get("parts", []):
                if "functionCall" in part:
                    turns.append(Turn("call", json.dumps(part["functionCall"])))
                elif "functionResponse" in part:
                    turns.append(Turn("result", _text(part["functionResponse"].get("response"))))
                elif part.get("text") and not part["text"].lstrip().startswith(("<session_context>", "This is the G")):
                    turns.append(Turn("model" if content.get("role") == "model" else "user", part["text"]))
        declared = itertools.chain.from_iterable(
            tool.get("functionDeclarations", []) for tool in body.get("tools") or []
        )
        tools = tuple(
            Tool(each["name"], each.get("parametersJsonSchema") or each.get("parameters") or {}) for each in declared
        )
        return Asked(tuple(turns), tools, _text(body.get("systemInstruction", {}).get("parts")))

    def is_stream(self, path: str, body: dict[str, Any]) -> bool:
        return "streamGenerateContent" in path

    def whole(self, answer: Answer) -> dict[str, Any]:
        part: dict[str, Any] = {"text": _words(answer)}
        if isinstance(answer, Call):
            part = {"functionCall": {"name": answer.tool, "args": answer.arguments}}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}

    def stream(self, answer: Answer) -> Iterator[Event]:
        yield "", self.whole(answer)


def _words(answer: Answer) -> str:
    return answer.text if isinstance(answer, Say) else ""


_PATHS: tuple[tuple[str, Wire], ...] = (
    (r"/messages(/count_tokens)?$", Anthropic()),
    (r"/responses$", Responses()),
    (r"/chat/completions$", Chat()),
    (r":(streamGenerateContent|generateContent|countTokens)$", Gemini()),
)
