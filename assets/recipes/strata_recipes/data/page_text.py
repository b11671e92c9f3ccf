"""Words for the typeset pages: a scientific vocabulary, a small grammar of sentences, titles, names and formulas.

The body of a page is too small to read at 256 pixels, so its sentences only need the rhythm of prose. Titles, headings and
formulas are drawn large and come from short lists, so that a small model meets each of them often enough to draw it.
"""

import random

NOUNS = """
model theory kernel operator lattice manifold tensor vector gradient boundary surface region sample measure density field
network layer graph vertex cluster sequence signal filter spectrum frequency wave pulse beam lens mirror crystal polymer
membrane protein enzyme cell tissue genome receptor pathway gradient diffusion reaction catalyst solvent mixture compound
isotope nucleus electron photon plasma vacuum orbit planet galaxy comet nebula horizon metric curvature symmetry group ring
module ideal polynomial function integral series limit bound estimate error residual constraint objective penalty prior
posterior likelihood variance covariance correlation trend regression threshold detector sensor array antenna channel code
decoder encoder packet protocol schedule queue process state transition matrix basis projection subspace eigenvalue mode
resonance oscillation damping friction stress strain fracture grain alloy coating film substrate interface junction circuit
voltage current charge capacity battery turbine engine rotor flow vortex turbulence viscosity pressure temperature entropy
energy momentum force potential gap band level rate yield ratio scale length depth width height mass volume area experiment
observation survey catalogue record archive index table figure proof lemma theorem corollary conjecture argument hypothesis
population species habitat climate rainfall sediment glacier river basin soil forest canopy season cycle migration colony
market auction price agent strategy equilibrium policy reward task grammar corpus sentence token parser memory cache thread
compiler program algorithm heuristic search tree path flow cut cover partition
""".split()

ADJECTIVES = """
linear nonlinear sparse dense local global finite infinite discrete continuous smooth convex bounded compact stable unstable
random uniform robust adaptive optimal approximate exact empirical theoretical numerical experimental spectral spatial
temporal thermal optical magnetic electric acoustic chemical molecular cellular genetic neural statistical dynamic static
periodic chaotic isotropic coherent turbulent laminar viscous elastic brittle porous thin thick early late small large rapid
slow weak strong partial complete simple general classical modern recent common rare typical broad narrow shallow deep
""".split()

VERBS = """
shows suggests implies follows yields predicts explains captures reduces increases bounds controls determines describes
extends improves requires preserves dominates limits matches exceeds supports contradicts confirms reveals approximates
depends converges decays grows vanishes saturates oscillates separates couples merges splits
""".split()

PARTICIPLES = """
measured observed derived estimated computed obtained reported compared fitted sampled trained tested averaged normalised
calibrated recorded simulated assumed
""".split()

ADVERBS = """
slowly rapidly weakly strongly uniformly locally globally roughly nearly exactly clearly mostly often rarely always usually
notably similarly independently
""".split()

OPENINGS = """
However, | Moreover, | In contrast, | As expected, | For this reason, | To first order, | In practice, | By assumption, |
In the limit, | Under mild conditions, | On average, | In addition, | Here | Thus | Therefore, | Finally, | In most cases,
""".replace("\n", " ").split("|")

PREPOSITIONS = ["of", "in", "for", "with", "under", "near", "across", "without", "within", "over", "between", "through"]

TITLE_ADJECTIVES = ["Sparse", "Stable", "Deep", "Random", "Smooth", "Thin", "Quiet", "Local", "Fast", "Optimal", "Noisy", "Hidden"]
TITLE_NOUNS = ["Kernels", "Lattices", "Networks", "Fields", "Waves", "Graphs", "Signals", "Crystals", "Orbits", "Codes",
               "Surfaces", "Models", "Membranes", "Galaxies", "Markets", "Glaciers", "Plasmas", "Tensors"]
TITLE_LINKS = ["of", "for", "in", "and", "from", "near"]
TITLE_HEADS = ["A Theory of", "Notes on", "On", "Learning", "A Survey of", "Bounds for", "Towards", "The Shape of", "Measuring"]

HEADINGS = ["Introduction", "Background", "Methods", "Model", "Data", "Results", "Discussion", "Conclusion", "Analysis",
            "Theory", "Notation", "Estimation", "Training", "Outlook", "Related Work", "Experiments"]

NAMES = ["A. Moreau", "L. Brandt", "K. Osei", "M. Tanaka", "R. Silva", "E. Novak", "J. Lindqvist", "S. Rao", "T. Adeyemi",
         "N. Petrov", "C. Alvarez", "D. Weiss"]
PLACES = ["Institute of Applied Mathematics", "Department of Physics", "Laboratory for Complex Systems", "School of Engineering",
          "Centre for Earth Studies"]

# Displayed formulas in Typst's notation; the short ones take one row of the grid, the tall ones two.
FORMULAS_SHORT = ["nabla dot u = 0", "E = m c^2", "x_(t+1) = A x_t", "p(x | y) prop p(y | x)", "L = T - V", "H psi = E psi",
                  "u_t = Delta u", "f(x) <= c norm(x)", "S = k log W", "A x = lambda x"]
FORMULAS_TALL = ["sum_(k=1)^n a_k x^k", "integral_0^1 f(x) dif x", "F = frac(m a, 1 + v^2)", "z = frac(x - mu, sigma)",
                 "product_(i=1)^n p_i", "frac(dif y, dif t) = r y", "lim_(n -> oo) s_n = s", "sqrt(frac(a + b, c))",
                 "max_x sum_i w_i x_i", "y = frac(1, 1 + e^(-x))"]


def noun_phrase(rng: random.Random) -> str:
    article = rng.choice(["the", "the", "a", "each", "this", "our", "every"])
    adjective = rng.choice(ADJECTIVES) + " " if rng.random() < 0.55 else ""
    phrase = f"{article} {adjective}{rng.choice(NOUNS)}"
    if rng.random() < 0.35:
        phrase += f" {rng.choice(PREPOSITIONS)} the {rng.choice(NOUNS)}"
    return phrase


def clause(rng: random.Random) -> str:
    if rng.random() < 0.3:
        verb = f"is {rng.choice(ADVERBS)} {rng.choice(PARTICIPLES)} {rng.choice(PREPOSITIONS)}"
    else:
        adverb = rng.choice(ADVERBS) + " " if rng.random() < 0.25 else ""
        verb = adverb + rng.choice(VERBS)
    return f"{noun_phrase(rng)} {verb} {noun_phrase(rng)}"


def sentence(rng: random.Random) -> str:
    text = clause(rng)
    if rng.random() < 0.45:
        text += rng.choice([", and ", ", while ", " because ", ", so that ", " whenever ", ", but "]) + clause(rng)
    if rng.random() < 0.3:
        return rng.choice(OPENINGS).strip() + " " + text + "."
    return text[0].upper() + text[1:] + "."


def prose(rng: random.Random, characters: float) -> str:
    """Sentences of about so many characters in all; the last one is cut at a word and closed with a full stop."""
    words: list[str] = []
    length = 0
    while length < characters:
        for word in sentence(rng).split():
            words.append(word)
            length += len(word) + 1
            if length >= characters:
                break
    return " ".join(words).rstrip(".,") + "."


def title(rng: random.Random) -> list[list[str]]:
    """The words of a title, line by line (one or two lines)."""
    first = rng.choice(TITLE_HEADS).split() + [rng.choice(TITLE_ADJECTIVES), rng.choice(TITLE_NOUNS)]
    if rng.random() < 0.35:
        return [first]
    second = [rng.choice(TITLE_LINKS), rng.choice(TITLE_ADJECTIVES), rng.choice(TITLE_NOUNS)]
    return [first, second]


def authors(rng: random.Random) -> list[str]:
    return rng.sample(NAMES, rng.choice([1, 2, 2, 3]))


def reference(rng: random.Random) -> str:
    """One entry of a list of references."""
    names = ", ".join(rng.sample(NAMES, rng.choice([1, 2])))
    subject = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(PREPOSITIONS)} {rng.choice(NOUNS)}"
    pages = rng.randint(10, 400)
    return f"{names}. {subject.capitalize()}. _Journal of {rng.choice(NOUNS).capitalize()}_, {rng.randint(2, 90)}, {pages}–{pages + rng.randint(4, 30)}."
