import numpy as np
import pytest

from classifiers.novelty import fit_domain, is_novel, novelty, unit


def clouds(seed, n, centres):
    generator = np.random.default_rng(seed)
    return np.concatenate([c + generator.normal(scale=0.1, size=(n, len(c))) for c in centres])


CENTRES = [np.eye(8)[0] * 3, np.eye(8)[1] * 3]


@pytest.fixture(scope="module")
def domain():
    return fit_domain(clouds(1, 400, CENTRES), ["a"] * 400 + ["b"] * 400, clouds(2, 500, CENTRES))


def test_one_in_a_hundred_dev_vectors_lies_beyond_the_border(domain):
    assert is_novel(clouds(2, 500, CENTRES), domain).mean() == pytest.approx(0.01, abs=0.001)


def test_vectors_of_no_class_lie_beyond_it(domain):
    assert is_novel(clouds(3, 50, [np.eye(8)[2] * 3]), domain).all()


def test_vectors_between_two_classes_are_unlike_both(domain):
    assert is_novel(clouds(4, 50, [sum(CENTRES) / 2]), domain).all()


def test_the_distance_of_usual_vectors_is_about_one_a_dimension(domain):
    assert novelty(clouds(5, 500, CENTRES), domain).mean() == pytest.approx(1.0, abs=0.2)


def test_the_length_of_a_vector_does_not_matter(domain):
    vectors = clouds(6, 5, CENTRES)

    np.testing.assert_allclose(novelty(vectors * 7, domain), novelty(vectors, domain))
    assert unit(np.zeros((1, 3))).tolist() == [[0.0, 0.0, 0.0]]


def test_the_distance_is_that_of_the_plain_formula(domain):
    (vector,) = unit(clouds(7, 1, [CENTRES[0]]))
    inverse = domain.whitening @ domain.whitening.T
    slow = min((vector - m) @ inverse @ (vector - m) for m in domain.means) / len(vector)

    assert novelty(vector[None, :], domain)[0] == pytest.approx(slow)
