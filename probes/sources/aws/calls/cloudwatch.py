"""What CloudWatch is asked about a Region's metrics, and its response in the form of a dump."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.model.state.base import DYNAMO_NAMESPACE, TGW_NAMESPACE

QUERIES_PER_CALL = 500
DAY = timedelta(days=1)
DAY_S = 86400
REPLICATION_LATENCY = "ReplicationLatency"


def namespaces(_items: Sequence[Any], _params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The metrics to list: a namespace such as AWS/EC2 can hold tens of thousands that nobody here needs."""
    yield {"Namespace": TGW_NAMESPACE}
    yield {"Namespace": DYNAMO_NAMESPACE, "MetricName": REPLICATION_LATENCY}


def of_interest(metric: Mapping[str, Any]) -> bool:
    """Whether a listed metric is one that was asked for; not every endpoint honours the parameters."""
    namespace, name = metric["Namespace"], metric["MetricName"]
    return bool(namespace == TGW_NAMESPACE or (namespace, name) == (DYNAMO_NAMESPACE, REPLICATION_LATENCY))


def queries(metrics: Sequence[Any], _params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """One statistic per metric that a requirement needs: 30 days of bytes out, two days of replication latency.

    The days are whole UTC days, today's unfinished one included: CloudWatch then counts no data twice.
    """
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    for namespace, name, statistic, days in (
        (TGW_NAMESPACE, "BytesOut", "Sum", 30),
        (DYNAMO_NAMESPACE, REPLICATION_LATENCY, "p99", 2),
    ):
        wanted = [each for each in metrics if (each["Namespace"], each["MetricName"]) == (namespace, name)]
        for start in range(0, len(wanted), QUERIES_PER_CALL):
            chunk = wanted[start : start + QUERIES_PER_CALL]
            yield {
                "MetricDataQueries": [_query(index, each, statistic) for index, each in enumerate(chunk)],
                "StartTime": tomorrow - days * DAY,
                "EndTime": tomorrow,
            }


def statistics(params: Mapping[str, Any], results: Sequence[Any]) -> list[dict[str, Any]]:
    """The results as `get_metric_statistics` words them, each with the metric and statistic asked for."""
    answered: dict[str, list[dict[str, Any]]] = {}
    stats = {query["Id"]: query["MetricStat"] for query in params["MetricDataQueries"]}
    for result in results:
        statistic = stats[result["Id"]]["Stat"]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
            answered.setdefault(result["Id"], []).append({"Timestamp": at, **_valued(statistic, value)})
    return [
        {**stat["Metric"], "Statistic": stat["Stat"], "Datapoints": answered.get(query_id, [])}
        for query_id, stat in stats.items()
    ]


def _query(index: int, metric: Mapping[str, Any], statistic: str) -> dict[str, Any]:
    named = {key: metric[key] for key in ("Namespace", "MetricName", "Dimensions") if key in metric}
    return {"Id": f"m{index}", "MetricStat": {"Metric": named, "Period": DAY_S, "Stat": statistic}}


def _valued(statistic: str, value: float) -> dict[str, Any]:
    return {"Sum": value} if statistic == "Sum" else {"ExtendedStatistics": {statistic: value}}
