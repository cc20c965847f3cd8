"""From text to SQLGlot's tokens, with everything that is no part of a condition refused.

What remains is so plain that SQLGlot reads it without surprises: functions, columns and keys
are marked as such here, whatever keywords SQL has of the same name.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from sojourn.errors import ConditionError

from .functions import FUNCTIONS
from .scope import NAMES, PEOPLES, Scope, nearest
from .source import Source, shown

MAX_LENGTH = 10_000

SIGNS = frozenset(
    {
        *(TokenType.COMMA, TokenType.DASH, TokenType.PLUS, TokenType.STAR, TokenType.SLASH),
        *(TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.EQ, TokenType.NEQ),
        *(TokenType.DPIPE, TokenType.AND, TokenType.OR, TokenType.IN, TokenType.BETWEEN),
        *(TokenType.LIKE, TokenType.ILIKE, TokenType.ESCAPE, TokenType.IS, TokenType.WHEN),
        *(TokenType.THEN, TokenType.ELSE, TokenType.DOT),
    }
)
"""What stands between two values."""

BEFORE_VALUES = frozenset({TokenType.NOT, TokenType.L_PAREN, TokenType.CASE, *SIGNS})

VALUES = frozenset(
    {
        *(TokenType.STRING, TokenType.NUMBER, TokenType.VAR, TokenType.IDENTIFIER),
        *(TokenType.NULL, TokenType.TRUE, TokenType.FALSE),
    }
)
AFTER_VALUES = frozenset({TokenType.R_PAREN, TokenType.END, TokenType.ISNULL, TokenType.NOTNULL})
TIMES = frozenset({"date", "datetime", "timestamp", "timestamptz"})
CASTS = frozenset({"::", "cast", "try_cast"})
CALL = "call "
"""Before the name of a function; no name of a user's can begin so."""

CLOSED = re.compile(r"(?s)(?:[^'\"]|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")*")
WHOLE_HINT = "A condition is one true-or-false expression, as after WHERE in SQL."


def tokens_of(source: Source, scope: Scope) -> list[Token]:
    """The condition's tokens, checked one by one and marked; raises ConditionError."""
    if not source.text.strip():
        raise source.error(0, "the condition is empty", "Write true to accept everything.")
    if len(source.text) > MAX_LENGTH:
        message = f"the condition has {len(source.text):,} characters; {MAX_LENGTH:,} are allowed"
        raise source.error(MAX_LENGTH, message)
    tokens = fractions(read(source))
    no_comments(tokens, source)
    befores, afters = [None, *tokens], [*tokens[1:], None]
    return [
        mark(before, token, after, source, scope)
        for before, token, after in zip(befores, tokens, afters, strict=False)
    ]


def read(source: Source) -> list[Token]:
    """SQLGlot's own tokens."""
    closed = CLOSED.match(source.text)
    if closed and closed.end() < len(source.text):
        hint = "Double a quote inside text: 'it''s'."
        raise source.error(closed.end(), "this quote is never closed", hint)
    try:
        return DuckDB().tokenize(source.text)
    except (SqlglotError, ValueError, IndexError):
        raise source.error(0, "this cannot be read as a condition", WHOLE_HINT) from None


def fractions(tokens: list[Token]) -> list[Token]:
    """The tokens with `.5` as one number."""
    kept: list[Token] = []
    for token in tokens:
        point = kept[-1] if kept else None
        if token.token_type == TokenType.NUMBER and point and point.token_type == TokenType.DOT:
            begins = len(kept) == 1 or kept[-2].token_type in BEFORE_VALUES
            if begins and token.start == point.end + 1 and token.text[0].isdigit():
                text = f"0.{token.text}"
                kept[-1] = Token(TokenType.NUMBER, text, start=point.start, end=token.end)
                continue
        kept.append(token)
    return kept


def no_comments(tokens: list[Token], source: Source) -> None:
    """Refuse anything that SQLGlot skipped between the tokens, but white space."""
    ends = [0, *(token.end + 1 for token in tokens)]
    starts = [*(token.start for token in tokens), len(source.text)]
    for end, start in zip(ends, starts, strict=True):
        skipped = source.text[end:start]
        if skipped.strip():
            at = end + len(skipped) - len(skipped.lstrip())
            found = shown(skipped.strip())
            raise source.error(at, f'"{found}" is a comment; a condition has none')


def mark(
    before: Token | None, token: Token, after: Token | None, source: Source, scope: Scope
) -> Token:
    """The token as SQLGlot's parser shall see it."""
    kind, word = token.token_type, token.text.lower()
    plain = kind not in (TokenType.STRING, TokenType.NUMBER)
    name = plain and word.replace("_", "a").isalnum()
    if before is not None and before.token_type == TokenType.DOT and name:
        return again(token, TokenType.IDENTIFIER, token.text)
    if (kind in BEFORE_VALUES or kind in AFTER_VALUES) and word != "!":
        return token
    if after is not None and after.token_type == TokenType.L_PAREN and name:
        return again(token, TokenType.VAR, CALL + function(token, source, scope))
    if kind in VALUES:
        return token
    if word in NAMES:
        return again(token, TokenType.VAR, token.text)
    if word in TIMES and after is not None and after.token_type == TokenType.STRING:
        return again(token, TokenType.DATE, token.text)
    raise refused(token, source, scope)


def again(token: Token, kind: TokenType, text: str) -> Token:
    """The token at the same place with another meaning."""
    return Token(kind, text, token.line, token.col, token.start, token.end)


def function(token: Token, source: Source, scope: Scope) -> str:
    """The function's name, if there is such a function."""
    word = token.text.lower()
    if word in FUNCTIONS or word in PEOPLES:
        return word
    if word in CASTS:
        raise refused(token, source, scope)
    close = get_close_matches(word, FUNCTIONS, 1, 0.6)
    meant = f'; did you mean "{close[0]}"?' if close else ""
    message = f'there is no function "{shown(token.text)}"{meant}'
    raise source.error(token.start, message, f"Functions: {', '.join(FUNCTIONS)}.")


def refused(token: Token, source: Source, scope: Scope) -> ConditionError:
    """The error for a token that no condition holds."""
    found = source.text[token.start : token.end + 1] or token.text
    if found.lower() in CASTS:
        hint = "number(...) turns text into a number."
        return source.error(token.start, f'"{found}" is a cast; a condition has none', hint)
    if found == ";":
        return source.error(token.start, '";" ends a statement; a condition has none', WHOLE_HINT)
    message = f'"{shown(found)}" is no part of a condition{nearest(found, scope, 0.75)}'
    return source.error(token.start, message, WHOLE_HINT)
