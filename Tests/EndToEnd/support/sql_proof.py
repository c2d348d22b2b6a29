"""Checks the SQL that actually ran: every statement that writes or locks a tenant's rows names the tenant.

    python Tests/EndToEnd/support/sql_proof.py RECORD

RECORD has one JSON string a line, as written by HEARTH_SQL_RECORD. The texts are parsed by PostgreSQL's own parser. Each
INSERT, UPDATE, DELETE and SELECT ... FOR UPDATE of a table whose primary key begins with tenant_id must bind tenant_id to a
parameter: directly, or by equality with a relation that does. A statement's tenant_id is one Swift value; that it is the
caller's own is tested with foreign ids. Finally lists the SQL in the sources that no test has run.
"""

import json
import pathlib
import re
import sys

from pglast import ast, parse_sql
from pglast.visitors import Visitor

ROOT = pathlib.Path(__file__).resolve().parents[3]


def tenant_tables():
    """From the migrations: tables whose primary key begins with tenant_id."""
    sql = "\n".join(path.read_text() for path in sorted((ROOT / "migrations").glob("*.sql")))
    tables = set()
    for statement in parse_sql(sql):
        create = statement.stmt
        if not isinstance(create, ast.CreateStmt):
            continue
        for element in create.tableElts:
            if isinstance(element, ast.Constraint) and element.contype.name == "CONSTR_PRIMARY":
                keys = [key.sval for key in element.keys]
            elif isinstance(element, ast.ColumnDef) and any(c.contype.name == "CONSTR_PRIMARY" for c in element.constraints or ()):
                keys = [element.colname]
            else:
                continue
            if keys[0] == "tenant_id":
                tables.add(create.relation.relname)
    return tables


TABLES = tenant_tables()


def column(node):
    """('alias' or None, 'name') of a column reference."""
    if isinstance(node, ast.ColumnRef):
        names = [field.sval for field in node.fields if isinstance(field, ast.String)]
        return (names[-2] if len(names) > 1 else None, names[-1]) if names else None
    return None


def bare(node):
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node


def conjuncts(node):
    if node is None:
        return []
    if isinstance(node, ast.BoolExpr) and node.boolop.name == "AND_EXPR":
        return [part for argument in node.args for part in conjuncts(argument)]
    return [node]


def relations(items):
    """The tables of a FROM list by alias, and its join conditions."""
    tables, conditions = {}, []
    for item in items or ():
        if isinstance(item, ast.RangeVar):
            tables[item.alias.aliasname if item.alias else item.relname] = item.relname
        elif isinstance(item, ast.JoinExpr):
            for side in (item.larg, item.rarg):
                more, inner = relations([side])
                tables.update(more)
                conditions += inner
            conditions += conjuncts(item.quals)
    return tables, conditions


def bound(tables, conditions):
    """The aliases whose tenant_id equals a parameter, directly or through another."""
    found, links = set(), []

    def alias(reference):
        return reference[0] or (next(iter(tables)) if len(tables) == 1 else None)

    for condition in conditions:
        if not (isinstance(condition, ast.A_Expr) and condition.name[-1].sval == "="):
            continue
        sides = [bare(condition.lexpr), bare(condition.rexpr)]
        columns = [column(side) for side in sides]
        for mine, other, side in ((columns[0], columns[1], sides[1]), (columns[1], columns[0], sides[0])):
            if mine and mine[1] == "tenant_id":
                if isinstance(side, ast.ParamRef):
                    found.add(alias(mine))
                elif other and other[1] == "tenant_id":
                    links.append((alias(mine), alias(other)))
    while True:
        more = {mine for mine, other in links if other in found} - found
        if not more:
            return found
        found |= more


class Proof(Visitor):
    def __init__(self):
        self.problems, self.proven = [], 0

    def judge(self, table, holds, what):
        if table not in TABLES:
            return
        self.proven += 1
        if not holds:
            self.problems.append(f"{what} {table} without its tenant")

    def visit_UpdateStmt(self, _, node):
        self.change(node.relation, node.whereClause, node.fromClause, "UPDATE")

    def visit_DeleteStmt(self, _, node):
        self.change(node.relation, node.whereClause, node.usingClause, "DELETE")

    def change(self, relation, where, others, what):
        tables, conditions = relations([relation, *(others or ())])
        alias = relation.alias.aliasname if relation.alias else relation.relname
        # Unqualified columns of a statement with several relations belong to its target.
        own = {alias: relation.relname} if not others else tables
        self.judge(relation.relname, alias in bound(own, conditions + conjuncts(where)), what)

    def visit_InsertStmt(self, _, node):
        columns = [target.name for target in node.cols or ()]
        if node.relation.relname not in TABLES:
            return
        select, holds = node.selectStmt, "tenant_id" in columns
        if holds and select.valuesLists:
            index = columns.index("tenant_id")
            holds = all(isinstance(bare(row[index]), ast.ParamRef) for row in select.valuesLists)
        elif holds:
            value = bare(select.targetList[columns.index("tenant_id")].val)
            tables, conditions = relations(select.fromClause)
            reference = column(value)
            restricted = bound(tables, conditions + conjuncts(select.whereClause))
            alias = reference and (reference[0] or (next(iter(tables)) if len(tables) == 1 else None))
            holds = isinstance(value, ast.ParamRef) or (reference is not None and reference[1] == "tenant_id" and alias in restricted)
        self.judge(node.relation.relname, holds, "INSERT")

    def visit_SelectStmt(self, _, node):
        if not node.lockingClause:
            return
        tables, conditions = relations(node.fromClause)
        restricted = bound(tables, conditions + conjuncts(node.whereClause))
        named = [relation.relname for lock in node.lockingClause for relation in lock.lockedRels or ()]
        for alias in named or tables:
            self.judge(tables.get(alias, alias), alias in restricted, "SELECT ... FOR UPDATE of")


LITERAL = re.compile(r'"""\n(.*?)"""|"((?:[^"\\\n]|\\.)*)"', re.S)
VERBS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")


def fragments(literal):
    """The fixed parts of a Swift literal, between its interpolations."""
    parts, depth, current, index = [], 0, "", 0
    while index < len(literal):
        if depth == 0 and literal.startswith("\\(", index):
            parts.append(current)
            current, depth, index = "", 1, index + 2
            continue
        if depth:
            depth += {"(": 1, ")": -1}.get(literal[index], 0)
        else:
            current += literal[index]
        index += 1
    return [" ".join(part.split()) for part in [*parts, current]]


def never_ran(texts):
    ran = [" ".join(text.split()) for text in texts]
    for path in sorted((ROOT / "Sources").glob("Hearth*/**/*.swift")):
        source = path.read_text()
        for match in LITERAL.finditer(source):
            literal = match[1] or match[2] or ""
            if not VERBS.match(literal):
                continue
            longest = max(fragments(literal), key=len)
            if len(longest) > 12 and not any(longest in text for text in ran):
                yield f"{path.relative_to(ROOT)}:{source[: match.start()].count(chr(10)) + 1}", longest[:90]


def main(record):
    texts = sorted({json.loads(line) for line in pathlib.Path(record).read_text().splitlines()})
    problems, proven = [], 0
    for text in texts:
        proof = Proof()
        proof(parse_sql(text))
        proven += proof.proven
        problems += [(problem, text) for problem in proof.problems]
    for problem, text in problems:
        print(f"{problem}:\n{text}\n")
    print(f"{len(texts)} SQL texts ran; {proven} times one of {len(TABLES)} tenant tables is written or locked, each with its tenant.")
    unseen = list(never_ran(texts))
    if unseen:
        print("SQL that no test has run:")
        for place, fragment in unseen:
            print(f"  {place}: {fragment}")
    if proven < 40:
        print("That is too little to prove anything: was the record made by the whole suite?")
    return 1 if problems or proven < 40 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
