"""The order of the tokens: values and signs take turns, and what is opened is closed.

SQLGlot checks all this too, but cannot say as clearly what is wrong and where.
"""

from __future__ import annotations

from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from sojourn.errors import ConditionError

from .lexing import AFTER_VALUES, BEFORE_VALUES, CALL, SIGNS, VALUES
from .source import Source, shown

MAX_DEPTH = 100
NEGATABLE = frozenset({TokenType.IN, TokenType.BETWEEN, TokenType.LIKE, TokenType.ILIKE})
OPENED = {TokenType.R_PAREN: TokenType.L_PAREN, TokenType.END: TokenType.CASE}


def check_order(tokens: list[Token], source: Source) -> None:
    """Refuse two values, or two signs, in a row; raises ConditionError."""
    for before, token in pairwise([Token(TokenType.AND, ""), *tokens]):
        if not fits(before, token):
            raise misplaced(before, token, source)
    last = tokens[-1]
    if wants_value(last):
        at = last.start
        raise source.error(at, f'something is missing after "{written(last, source)}"')


def wants_value(token: Token) -> bool:
    """Whether a value must follow."""
    return token.token_type in BEFORE_VALUES or token.token_type == TokenType.DATE


def fits(before: Token, token: Token) -> bool:
    """Whether a token may come right after another."""
    first, second = before.token_type, token.token_type
    if second == TokenType.DOT:
        return first in (TokenType.VAR, TokenType.IDENTIFIER) and not before.text.startswith(CALL)
    if first == TokenType.DOT:
        return second == TokenType.IDENTIFIER
    if before.text.startswith(CALL) and first == TokenType.VAR:
        return second == TokenType.L_PAREN
    if second == TokenType.R_PAREN and first == TokenType.L_PAREN:
        return True
    if first == TokenType.CASE and second == TokenType.WHEN:
        return True
    if first == TokenType.NOT and second in NEGATABLE:
        return True
    if wants_value(before):
        return second not in AFTER_VALUES and (second not in SIGNS or second == TokenType.DASH)
    return second in SIGNS or second in AFTER_VALUES or second == TokenType.NOT


def misplaced(before: Token, token: Token, source: Source) -> ConditionError:
    """The error for a token that cannot be where it is."""
    found = written(token, source)
    if wants_value(before) and token.token_type not in VALUES:
        return source.error(token.start, f'something is missing before "{found}"')
    if before.token_type == TokenType.DOT:
        hint = 'A key that is no plain word goes in double quotes: properties."2nd".'
    else:
        hint = "Text goes in single quotes; conditions are joined by and, or."
    return source.error(token.start, f'"{found}" is not expected here', hint)


def written(token: Token, source: Source) -> str:
    """The token as its author wrote it."""
    return shown(source.text[token.start : token.end + 1])


def check_nesting(tokens: list[Token], source: Source) -> None:
    """Refuse what is not closed, or nested too deeply in (), `case`, `not` and `-`."""
    opened: list[tuple[Token, int]] = []
    run = depth = 0
    for before, token in pairwise([Token(TokenType.AND, ""), *tokens]):
        kind = token.token_type
        if kind in (TokenType.NOT, TokenType.DASH) and wants_value(before):
            run += 1
        elif kind in (TokenType.L_PAREN, TokenType.CASE):
            opened.append((token, run + 1))
            depth, run = depth + run + 1, 0
        elif not token.text.startswith(CALL):
            run = 0
        if kind in OPENED:
            if not opened or opened[-1][0].token_type != OPENED[kind]:
                raise source.error(token.start, f'this "{written(token, source)}" closes nothing')
            depth -= opened.pop()[1]
        if depth + run > MAX_DEPTH:
            raise too_deep(source, token.start)
    if opened:
        token = opened[-1][0]
        raise source.error(token.start, f'this "{written(token, source)}" is never closed')


def too_deep(source: Source, at: int) -> ConditionError:
    """The error for what is nested too deeply."""
    hint = "Write it flatter: long rows of and, or, in (...) and concat(...) are fine."
    return source.error(at, f"this is nested more than {MAX_DEPTH} deep", hint)
