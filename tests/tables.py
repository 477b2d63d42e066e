"""A law about one row becomes one test of the whole table."""

import pytest


def each_of(rows, name=str):
    """Test a law for all rows at once, and list each row that breaks it, with the reason."""

    def over_all(law):
        def test():
            offenders = []
            for row in rows:
                try:
                    law(row)
                except Exception as why:  # noqa: BLE001 - what a law cannot judge breaks it too
                    offenders.append(f"{name(row)}: {type(why).__name__}: {why}")
            if offenders:
                pytest.fail("\n".join(offenders), pytrace=False)

        return test

    return over_all
