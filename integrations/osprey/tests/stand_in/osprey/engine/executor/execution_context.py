"""Of `osprey.engine.executor.execution_context`: what a plugin uses."""


class ExpectedUdfException(Exception):
    """A function has no result, and nothing that depends on it is executed. It is not reported."""


class ExecutionContext:
    """What is known of the action that rules are executed for."""
