import numpy as np

from model.sampling import sample

ROWS = 1000
GENERATOR = np.random.default_rng(1)
SIZES = GENERATOR.integers(5, 50, ROWS)
RANKS = GENERATOR.integers(0, 2**63, ROWS).astype(np.uint64)
PRECIOUS = np.arange(ROWS) % 10 == 0


def test_all_rows_are_taken_where_there_is_room():
    assert (sample(SIZES, PRECIOUS, RANKS, int(SIZES.sum())) == 1).all()


def test_precious_rows_are_all_kept_and_the_rest_fills_the_room():
    room = int(SIZES.sum()) // 3
    weights = sample(SIZES, PRECIOUS, RANKS, room)
    assert (weights[PRECIOUS] == 1).all()
    assert room * 0.95 < SIZES[weights > 0].sum() <= room


def test_what_is_taken_of_a_kind_weighs_as_much_as_all_of_it():
    for precious in (PRECIOUS, ~PRECIOUS):
        weights = sample(SIZES, precious, RANKS, int(SIZES.sum()) // 4)
        assert np.isclose(weights[precious].sum(), precious.sum())
        assert np.isclose(weights[~precious].sum(), (~precious).sum())


def test_precious_rows_leave_half_of_the_room_to_the_others():
    room = int(SIZES.sum()) // 4
    weights = sample(SIZES, ~PRECIOUS, RANKS, room)
    assert SIZES[(weights > 0) & ~PRECIOUS].sum() <= room - SIZES[PRECIOUS].sum()
    assert (weights[PRECIOUS] == 1).all()
    assert SIZES[weights > 0].sum() <= room


def test_a_sample_does_not_depend_on_the_order_of_the_rows():
    order = GENERATOR.permutation(ROWS)
    weights = sample(SIZES, PRECIOUS, RANKS, 5000)
    assert (sample(SIZES[order], PRECIOUS[order], RANKS[order], 5000) == weights[order]).all()
