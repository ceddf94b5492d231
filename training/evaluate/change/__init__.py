"""How well change is measured: on pairs whose change is known, and on people photographed twice in one hour."""
