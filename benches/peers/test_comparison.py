"""Tests of the comparison: `python3 -m unittest test_comparison` in this folder."""

import json
import random
import stat
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

from comparison import report  # noqa: E402
from comparison.measure import Point, Settings, points, run  # noqa: E402
from comparison.ratios import geometric_mean, interval, median, order, paired, quantile  # noqa: E402
from comparison.subjects import SUBJECTS, Subject  # noqa: E402


class Ratios(unittest.TestCase):
    def test_twice_and_half_are_as_far_from_one(self):
        self.assertAlmostEqual(geometric_mean([2.0, 0.5]), 1.0)
        self.assertAlmostEqual(geometric_mean([4.0, 9.0]), 6.0)

    def test_quantiles_lie_between_neighbours(self):
        self.assertEqual(quantile([1.0, 2.0, 3.0], 0.5), 2.0)
        self.assertEqual(quantile([1.0, 2.0], 0.25), 1.25)
        self.assertEqual(quantile([7.0], 0.975), 7.0)
        self.assertEqual(median([3.0, 1.0, 2.0]), 2.0)
        self.assertIsNone(median([]))

    def test_equal_rounds_have_an_interval_of_no_width(self):
        found = interval([3.0] * 5, seed=1)
        self.assertAlmostEqual(found.low, 3.0)
        self.assertAlmostEqual(found.high, 3.0)
        self.assertEqual(found.pairs, 5)

    def test_the_same_seed_gives_the_same_interval(self):
        ratios = [1.0, 1.5, 2.0, 0.9, 1.1]
        self.assertEqual(interval(ratios, seed=7), interval(ratios, seed=7))
        self.assertNotEqual(interval(ratios, seed=7, resamples=50), interval(ratios, seed=8, resamples=50))

    def test_few_rounds_have_no_interval(self):
        self.assertIsNone(interval([], seed=1))
        found = interval([2.0, 8.0], seed=1)
        self.assertAlmostEqual(found.mean, 4.0)
        self.assertEqual((found.low, found.high, found.pairs), (None, None, 2))

    def test_what_is_no_ratio_is_refused(self):
        for wrong in (0.0, -1.0, float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                interval([1.0, wrong], seed=1)

    def test_intervals_mostly_hold_the_truth(self):
        # The percentile bootstrap of ten rounds holds it a little less often than the 95% it aims at.
        seed = 20_261_121
        chance, held, trials = random.Random(seed), 0, 300
        for _ in range(trials):
            ratios = [2.0 * chance.lognormvariate(0.0, 0.2) for _ in range(10)]
            found = interval(ratios, seed=seed, resamples=300)
            held += found.low <= 2.0 <= found.high
        self.assertGreater(held / trials, 0.82, f"seed {seed}")
        self.assertLess(held / trials, 1.0, f"seed {seed}: intervals that always hold the truth are too wide")

    def test_a_round_void_on_one_side_is_left_out_of_both(self):
        self.assertEqual(paired([10.0, None, 30.0, 8.0], [5.0, 5.0, None, 2.0]), [2.0, 4.0])

    def test_rounds_of_different_number_are_a_mistake(self):
        with self.assertRaises(ValueError):
            paired([1.0], [1.0, 2.0])

    def test_every_other_round_goes_backwards(self):
        self.assertEqual(order(["a", "b"], 0) + order(["a", "b"], 1), ["a", "b", "b", "a"])


def point(rate, void=(), **figures):
    return Point(rate, list(void), figures)


def good(rate, cpu=10.0, p99=5.0, throughput=None):
    return point(rate, cpu=cpu, cpu_with_servers=cpu * 2, p50=p99 / 2, p99=p99, throughput=throughput or rate)


class Results(unittest.TestCase):
    RESULT = {
        "runs": [
            {
                "rate": 100,
                "void": False,
                "void_reasons": [],
                "cpu_s_per_million": 12.5,
                "servers_cpu_s_per_million": 2.5,
                "latency_ms": {"p50": 1.0, "p99": 4.0},
                "throughput": 99.5,
                "rss_bytes": 1024,
                "generator_busy": 0.2,
            },
            {"rate": 200, "void": True, "void_reasons": [{"kind": "lost", "detail": "3 messages were lost"}]},
        ]
    }

    def test_a_bench_result_is_read(self):
        one, two, three = points(self.RESULT, [100, 200, 300])
        self.assertEqual(one.void, [])
        self.assertEqual(one.figures["cpu"], 12.5)
        self.assertEqual(one.figures["cpu_with_servers"], 15.0)
        self.assertEqual(two.void, ["lost: 3 messages were lost"])
        self.assertIn("left out", three.void[0])

    def test_void_without_a_reason_is_void(self):
        (one,) = points({"runs": [{"rate": 1, "void": True}]}, [1])
        self.assertTrue(one.void)

    def test_void_rounds_are_counted_and_never_averaged(self):
        broken = point(100, ["lost: 1 messages were lost"], cpu=1e9, p50=1e9, p99=1e9, throughput=1.0)
        rounds = {
            "engine": [{100: good(100)} for _ in range(4)],
            "slow": [{100: good(100, cpu=30.0)}, {100: broken}, {100: good(100, cpu=30.0)}, {100: good(100, cpu=30.0)}],
        }
        entry = report.compare(rounds, seed=1, limit_ms=1000)["slow"]["rates"]["100"]
        self.assertEqual((entry["rounds"], entry["void"], entry["void_reasons"]), (4, 1, {"lost": 1}))
        self.assertEqual(entry["cpu"]["median"], 30.0)
        self.assertAlmostEqual(entry["cpu"]["over_engine"]["ratio"], 3.0)
        self.assertEqual(entry["cpu"]["over_engine"]["pairs"], 3)
        self.assertNotIn("over_null_relay", entry["cpu"])

    def test_the_highest_carried_rate(self):
        lost = ["lost: 1 messages were lost"]
        rounds = [{100: good(100), 200: good(200), 300: point(300, lost)} for _ in range(3)]
        self.assertEqual(report.most(rounds, 1000), {"rate": 200, "at_least": False})
        rounds[0][200] = point(200, lost)
        self.assertEqual(report.most(rounds, 1000)["rate"], 200, "in most rounds")
        rounds[1][200] = good(200, p99=1500.0)
        self.assertEqual(report.most(rounds, 1000)["rate"], 100)
        rounds = [{100: good(100, throughput=90.0)} for _ in range(3)]
        self.assertEqual(report.most(rounds, 1000), {"rate": None, "at_least": False})

    def test_a_rate_at_which_the_load_gave_up_is_no_limit_of_the_bot(self):
        rounds = [{100: good(100), 200: point(200, ["generator_busy: the load was 90% busy"])} for _ in range(3)]
        self.assertEqual(report.most(rounds, 1000), {"rate": 100, "at_least": True})
        self.assertEqual(report.most([{100: good(100)}], 1000), {"rate": 100, "at_least": True})

    def test_tables_show_what_is_void(self):
        rounds = {"engine": [{100: good(100)}], "gone": [{100: point(100, ["failed: it does not start"])}]}
        subjects = report.compare(rounds, seed=1, limit_ms=1000)
        shown = report.markdown(report.HEAD, report.rows(subjects))
        self.assertIn("1 of 1 (failed 1)", shown)
        self.assertIn("| 100 | gone | - | - |", shown)
        self.assertEqual(report.most_rows(subjects), [["engine", "at least 100"], ["gone", "none"]])
        self.assertIn("engine", report.text(report.HEAD, report.rows(subjects)))


class Runs(unittest.TestCase):
    """Against a bench that is a script."""

    SUBJECT = Subject("x", ("--bot", "some command"), ())

    def bench(self, script: str):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "bench"
        program.write_text(f"#!{sys.executable}\nimport json, sys\n{script}\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        settings = Settings((str(program), "bench"), users=2, duration=0.5, warm_up=0.25, patience=1)
        return run(settings, self.SUBJECT, [100, 200], seed=9)

    def test_options_and_result(self):
        script = f"""
arguments = sys.argv[1:]
wanted = ["bench", "relay", "--users", "2", "--rates", "100,200", "--duration", "500ms", "--warm-up", "250ms"]
assert arguments[:10] == wanted, arguments
assert arguments[-2:] == ["--bot", "some command"] and "9" in arguments
open(arguments[arguments.index("--json") + 1], "w").write({json.dumps(json.dumps(Results.RESULT))})
sys.exit(1)
"""
        (one, two), _ = self.bench(script)
        self.assertEqual(one.figures["p99"], 4.0)
        self.assertTrue(two.void)

    def test_a_bench_that_fails_is_void_with_its_last_words(self):
        for (one, two), _ in [self.bench("sys.exit('it broke')"), self.bench("print('no result')")]:
            self.assertTrue(one.void and two.void)
        (one, _), _ = self.bench("sys.exit('it broke')")
        self.assertIn("it broke", one.void[0])

    def test_a_bench_that_is_not_there(self):
        settings = Settings(("/nonexistent",), users=2, duration=1, warm_up=1, patience=1)
        (one,), _ = run(settings, self.SUBJECT, [100], seed=1)
        self.assertIn("does not start", one.void[0])


class Subjects(unittest.TestCase):
    def test_bases_are_there_and_names_are_their_own(self):
        self.assertIn(report.ENGINE, SUBJECTS)
        self.assertIn(report.NULL, SUBJECTS)
        self.assertTrue(all(name == subject.name for name, subject in SUBJECTS.items()))
        self.assertTrue(all(list(subject.rates) == sorted(set(subject.rates)) for subject in SUBJECTS.values()))


if __name__ == "__main__":
    unittest.main()
