"""From checked tokens to SQLGlot's tree, however deeply the condition is nested.

SQLGlot's parser takes some 25 Python frames a level, so it would run out of them long before
our own limit. A deep condition is therefore read in storeys: the inner groups first, each of
which is then a single name in the group around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.tokenizer_core import Token, TokenType

from sojourn.errors import ConditionError

from .lexing import CALL, MAX_LENGTH
from .order import too_deep
from .source import Source, shown

STOREY = 8
"""How many levels of parentheses and `case` SQLGlot reads in one go."""

OPENING = frozenset({TokenType.L_PAREN, TokenType.CASE})
CLOSING = frozenset({TokenType.R_PAREN, TokenType.END})


@dataclass
class Group:
    """The tokens of one open group, and how deeply those inside it are nested."""

    tokens: list[Token] = field(default_factory=list)
    height: int = 0


def tree_of(tokens: list[Token], source: Source) -> tuple[exp.Expr, dict[str, exp.Expr]]:
    """SQLGlot's tree, and the trees of the groups that stand in it as names."""
    inner: dict[str, exp.Expr] = {}
    groups = [Group()]
    for token in shorter(tokens):
        if token.token_type in OPENING:
            groups.append(Group())
        groups[-1].tokens.append(token)
        if token.token_type in CLOSING and len(groups) > 1:
            close(groups, inner, source)
    rest = [token for group in groups for token in group.tokens]
    return parsed(rest, source), inner


def shorter(tokens: list[Token]) -> list[Token]:
    """The tokens with long rows of `not`, or of `-`, cut by pairs that undo each other."""
    kept: list[Token] = []
    run: list[Token] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        run.append(token)
        repeated = after is not None and after.token_type == token.token_type
        if token.token_type not in (TokenType.NOT, TokenType.DASH) or not repeated:
            kept += run if len(run) < 4 else run[: 2 + len(run) % 2]
            run = []
    return kept


def close(groups: list[Group], inner: dict[str, exp.Expr], source: Source) -> None:
    """Put a finished group into the one around it, as a name if it is high enough."""
    group, around = groups.pop(), groups[-1]
    group.height += 1
    before = around.tokens[-1] if around.tokens else None
    plain = before is None or before.token_type != TokenType.IN
    if group.height < STOREY or not plain:
        around.tokens += group.tokens
        around.height = max(around.height, group.height)
        return
    if before is not None and before.text.startswith(CALL):
        group.tokens.insert(0, around.tokens.pop())
    name = f"group {len(inner)}"
    inner[name] = parsed(group.tokens, source)
    first, last = group.tokens[0], group.tokens[-1]
    around.tokens.append(Token(TokenType.VAR, name, start=first.start, end=last.end))


def parsed(tokens: list[Token], source: Source) -> exp.Expr:
    """One expression out of all the tokens; raises ConditionError."""
    parser = DuckDB().parser(
        error_level=ErrorLevel.IMMEDIATE, error_message_context=MAX_LENGTH, max_errors=1
    )
    try:
        found = parser.parse_into(exp.Condition, tokens, source.text)
    except ParseError as error:
        raise unexpected(error, source) from None
    except RecursionError:
        raise too_deep(source, tokens[0].start) from None
    if len(found) != 1 or found[0] is None:
        raise source.error(tokens[0].start, "this is not an expression")
    return found[0]


def unexpected(error: ParseError, source: Source) -> ConditionError:
    """SQLGlot's complaint in our words, with the place it happened."""
    first = error.errors[0] if error.errors else {}
    at = len(first.get("start_context") or "")
    found = shown(first.get("highlight") or "")
    if "Unexpected token" in str(first.get("description")):
        return source.error(at, f'"{found}" is not expected here')
    return source.error(at, f'something is missing near "{found}"')
