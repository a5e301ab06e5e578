"""`kst oms`: what an operator asks of an OMS and its books."""

import typer

from fleet import oms_operator

oms_app = typer.Typer(
    help="OMS 운영 · an OMS and its books, for its operator.", no_args_is_help=True
)
oms_operator.register(oms_app)
