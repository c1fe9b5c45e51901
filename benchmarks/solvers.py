"""Which methods that diffrax, OrdinaryDiffEq and SUNDIALS run today are in the catalogue: writes docs/coverage.md.

    python benchmarks/solvers.py            write the table
    python benchmarks/solvers.py --check    exit 1 where the file is another one

The solvers of diffrax are those of the installed version;
the others are listed here as their sources export them in 2025 and 2026.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import imde_sym as imde

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
ORDINARY = {
    "explicit": """
        Euler Heun Ralston Midpoint RK4 BS3 OwrenZen3 OwrenZen4 OwrenZen5 BS5 DP5 Anas5 RKO65 FRK65 RKM MSRK5 MSRK6
        PSRK4p7q6 PSRK3p5q4 PSRK3p6q5 Stepanov5 SIR54 Alshina2 Alshina3 Alshina6 Ralston4 Tsit5 TanYam7 DP8 PFRK87
        TsitPap8 Vern6 Vern7 Vern8 Vern9 RKV76IIa Feagin10 Feagin12 Feagin14 QPRK98 KuttaPRK2p5
    """,
    "strong stability preserving": """
        SSPRK53_2N2 SSPRK22 SSPRK53 SSPRK63 SSPRK83 SSPRK43 SSPRK432 SSPRKMSVS32 SSPRK54 SSPRK53_2N1 SSPRK104 SSPRK932
        SSPRKMSVS43 SSPRK73 SSPRK53_H SSPRK33 KYKSSPRK42 KYK2014DGSSPRK_3S2
    """,
    "low storage": """
        ORK256 CarpenterKennedy2N54 SHLDDRK64 SHLDDRK52 SHLDDRK_2N DGLDDRK73_C DGLDDRK84_C DGLDDRK84_F NDBLSRK124
        NDBLSRK134 NDBLSRK144 CFRLDDRK64 TSLDDRK74 RK46NL CKLLSRK43_2 CKLLSRK54_3C CKLLSRK95_4S CKLLSRK95_4C
        CKLLSRK95_4M CKLLSRK54_3C_3R CKLLSRK54_3M_3R CKLLSRK54_3N_3R CKLLSRK85_4C_3R CKLLSRK85_4M_3R CKLLSRK85_4P_3R
        CKLLSRK54_3N_4R CKLLSRK54_3M_4R CKLLSRK65_4M_4R CKLLSRK85_4FM_4R CKLLSRK75_4M_5R ParsaniKetchesonDeconinck3S32
        ParsaniKetchesonDeconinck3S82 ParsaniKetchesonDeconinck3S53 ParsaniKetchesonDeconinck3S173
        ParsaniKetchesonDeconinck3S94 ParsaniKetchesonDeconinck3S184 ParsaniKetchesonDeconinck3S105
        ParsaniKetchesonDeconinck3S205 RDPK3Sp35 RDPK3SpFSAL35 RDPK3Sp49 RDPK3SpFSAL49 RDPK3Sp510 RDPK3SpFSAL510
    """,
    "implicit and IMEX": """
        ImplicitEuler ImplicitMidpoint Trapezoid TRBDF2 SDIRK2 SDIRK22 Kvaerno3 KenCarp3 Cash4 Hairer4 Hairer42
        SSPSDIRK2 Kvaerno4 Kvaerno5 KenCarp4 KenCarp47 KenCarp5 KenCarp58 ESDIRK54I8L2SA SFSDIRK4 SFSDIRK5 CFNLIRK3
        SFSDIRK6 SFSDIRK7 SFSDIRK8 ESDIRK325L2SA ESDIRK436L2SA2 ESDIRK437L2SA ESDIRK547L2SA2 ESDIRK659L2SA ARS343 ARS222
        ARS232 ARS443 IMEXSSP222 IMEXSSP2322 IMEXSSP3332 IMEXSSP3433 BHR553 RadauIIA3 RadauIIA5 RadauIIA9 AdaptiveRadau
        GaussLegendre PDIRK44
    """,
    "Rosenbrock": """
        Rosenbrock23 Rosenbrock32 RosShamp4 Veldd4 Velds4 GRK4T GRK4A Ros4LStab ROS3P Rodas3 Rodas3d Rodas23W Rodas3P
        Rodas4 Rodas42 Rodas4P Rodas4P2 Rodas4PW Rodas5 Rodas5P Rodas5Pe Rodas5Pr Rodas6P RosenbrockW6S4OS ROS34PW1a
        ROS34PW1b ROS34PW2 ROS34PW3 ROS34PRw ROS3PRL ROS3PRL2 ROK4a ROS2 ROS2PR ROS2S ROS3 ROS3PR Scholz4_7 Tsit5DA
        HybridExplicitImplicitRK
    """,
    "exponential": """
        LawsonEuler NorsettEuler ETD1 ETD2 ETDRK2 ETDRK3 ETDRK4 HochOst4 Exprb32 Exprb43 EXPRB53s3 Exp4 EPIRK4s3A
        EPIRK4s3B EPIRK5s3 EPIRK5P1 EPIRK5P2
    """,
    "symplectic and Nyström": """
        SymplecticEuler VelocityVerlet VerletLeapfrog LeapfrogDriftKickDrift PseudoVerletLeapfrog McAte2 Ruth3 McAte3
        CandyRoz4 McAte4 McAte42 McAte5 CalvoSanz4 Yoshida6 KahanLi6 McAte8 KahanLi8 SofSpa10 Nystrom4 FineRKN4 FineRKN5
        Nystrom4VelocityIndependent Nystrom5VelocityIndependent IRKN3 IRKN4 DPRKN4 DPRKN5 DPRKN6 DPRKN6FM DPRKN8 DPRKN12
        ERKN4 ERKN5 ERKN7 RKN4 NewmarkBeta GeneralizedAlpha
    """,
    "stabilised": """
        ROCK2 ROCK4 RKC RKMC2 ESERK4 ESERK5 SERK2 TSRKC2 TSRKC3 RKL1 RKL2 RKG1 RKG2 IRKC
    """,
    "multistep": """
        AB3 AB4 AB5 ABM32 ABM43 ABM54 VCAB3 VCAB4 VCAB5 VCABM3 VCABM4 VCABM5 VCABM ABDF2 QNDF1 QBDF1 QNDF2 QBDF2 QNDF
        QBDF FBDF SBDF2 SBDF3 SBDF4 MEBDF2 IMEXEuler IMEXEulerARK CNAB2 CNLF2
    """,
    "multirate and extrapolation": """
        MREEF MRAB MRIGARKERK22a MRIGARKERK22b MRIGARKERK33a MRIGARKERK45a MIS AitkenNeville
        ExtrapolationMidpointDeuflhard ExtrapolationMidpointHairerWanner ImplicitEulerExtrapolation
        ImplicitDeuflhardExtrapolation ImplicitHairerWannerExtrapolation ImplicitEulerBarycentricExtrapolation
    """,
}
SUNDIALS = {
    "explicit (ARKODE)": """
        FORWARD_EULER_1_1=explicit_euler RALSTON_3_1_2=ralston21 HEUN_EULER_2_1_2=heun2 RALSTON_EULER_2_1_2=ralston2
        EXPLICIT_MIDPOINT_EULER_2_1_2=explicit_midpoint ARK2_ERK_3_1_2=ark2_giraldo
        BOGACKI_SHAMPINE_4_2_3=bogacki_shampine ARK324L2SA_ERK_4_2_3=kencarp3_explicit SHU_OSHER_3_2_3=ssprk33
        SOFRONIOU_SPALETTA_5_3_4=sofroniou_spaletta43 ZONNEVELD_5_3_4=zonneveld4 ARK436L2SA_ERK_6_3_4=kencarp4_explicit
        ARK437L2SA_ERK_7_3_4=kencarp47_explicit SAYFY_ABURUB_6_3_4=sayfy_aburub43 TSITOURAS_7_4_5=tsitouras5
        CASH_KARP_6_4_5=cash_karp FEHLBERG_6_4_5=fehlberg54 DORMAND_PRINCE_7_4_5=dormand_prince5
        ARK548L2SA_ERK_8_4_5=kencarp5_explicit ARK548L2SAb_ERK_8_4_5=kencarp58_explicit VERNER_8_5_6=dverk
        VERNER_9_5_6=verner65 VERNER_10_6_7=verner76 VERNER_13_7_8=verner87 VERNER_16_8_9=verner98
        FEHLBERG_13_7_8=fehlberg87 KNOTH_WOLKE_3_3=williamson3
    """,
    "diagonally implicit (ARKODE)": """
        BACKWARD_EULER_1_1=implicit_euler SDIRK_2_1_2=sdirk21 ARK2_DIRK_3_1_2=tr_bdf2
        IMPLICIT_MIDPOINT_1_2=implicit_midpoint IMPLICIT_TRAPEZOIDAL_2_2=trapezoid BILLINGTON_3_3_2=billington32
        TRBDF2_3_3_2=tr_bdf2 KVAERNO_4_2_3=kvaerno3 ARK324L2SA_DIRK_4_2_3=kencarp3 CASH_5_2_4=cash42 CASH_5_3_4=cash43
        SDIRK_5_3_4=sdirk4 KVAERNO_5_3_4=kvaerno43 ARK436L2SA_DIRK_6_3_4=kencarp4 ARK437L2SA_DIRK_7_3_4=kencarp47
        KVAERNO_7_4_5=kvaerno5 ARK548L2SA_DIRK_8_4_5=kencarp5 ARK548L2SAb_DIRK_8_4_5=kencarp58
        ESDIRK324L2SA_4_2_3=kencarp3 ESDIRK325L2SA_5_2_3=esdirk325l2sa ESDIRK32I5L2SA_5_2_3=esdirk32i5l2sa
        ESDIRK436L2SA_6_3_4=esdirk436l2sa_review ESDIRK43I6L2SA_6_3_4=esdirk436l2sa QESDIRK436L2SA_6_3_4=qesdirk436l2sa
        ESDIRK437L2SA_7_3_4=esdirk437l2sa ESDIRK547L2SA_7_4_5=esdirk547l2sa ESDIRK547L2SA2_7_4_5=esdirk547l2sa2
    """,
    "multirate (MRIStep)": """
        MRI_GARK_FORWARD_EULER=mri_gark_forward_euler MRI_GARK_ERK22a=mri_gark_erk22a MRI_GARK_ERK22b=mri_gark_erk22b
        MRI_GARK_RALSTON2=mri_gark_ralston2 MIS_KW3=mis_kw3 MRI_GARK_ERK33a=mri_gark_erk33
        MRI_GARK_RALSTON3=mri_gark_ralston3 MRI_GARK_ERK45a=mri_gark_erk45a
        MRI_GARK_BACKWARD_EULER=mri_gark_backward_euler MRI_GARK_IRK21a=mri_gark_irk21a
        MRI_GARK_IMPLICIT_MIDPOINT=mri_gark_implicit_midpoint MRI_GARK_ESDIRK34a=mri_gark_esdirk34a
        MRI_GARK_ESDIRK46a=mri_gark_esdirk46a MERK21=merk2 MERK32=merk3 MERK43=merk4 MERK54=merk5 IMEX_MRI_GARK_EULER
        IMEX_MRI_GARK_TRAPEZOIDAL IMEX_MRI_GARK_MIDPOINT IMEX_MRI_GARK3a IMEX_MRI_GARK3b IMEX_MRI_GARK4 IMEX_MRI_SR21
        IMEX_MRI_SR32 IMEX_MRI_SR43
    """,
    "symplectic (SPRKStep)": """
        EULER_1_1=symplectic_euler LEAPFROG_2_2=position_verlet PSEUDO_LEAPFROG_2_2=stoermer_verlet RUTH_3_3=ruth3
        MCLACHLAN_2_2=mclachlan_atela2 MCLACHLAN_3_3=mclachlan_atela3 CANDY_ROZMUS_4_4=forest_ruth MCLACHLAN_4_4
        MCLACHLAN_5_6 YOSHIDA_6_8=yoshida6 SUZUKI_UMENO_8_16 SOFRONIOU_10_36
    """,
    "stabilised and SSP (LSRKStep)": """
        RKC_2=rkc(5) RKL_2=rkl(5) SSP_S_2=ssprk(5,2) SSP_S_3=ssprk(9,3) SSP_10_4=ssprk104
    """,
    "multistep (CVODE)": """
        CV_ADAMS=adams_moulton_3 CV_BDF=bdf5
    """,
}
SAME = {
    "DP8": "dop853", "Tsit5": "tsitouras5", "TRBDF2": "tr_bdf2", "Hairer4": "sdirk4", "SSPSDIRK2": "qin_zhang2",
    "GaussLegendre": "gauss(3)", "AdaptiveRadau": "radau_iia(5)", "RadauIIA3": "radau_iia_2", "RadauIIA5":
    "radau_iia_3", "RadauIIA9": "radau_iia(5)", "RosShamp4": "shampine4", "Veldd4": "veldhuizen4d", "Velds4":
    "veldhuizen4s", "Ros4LStab": "ros4l", "Rosenbrock23": "ode23s", "Scholz4_7": "scholz47", "NorsettEuler":
    "exponential_euler", "ETD1": "exponential_euler", "HochOst4": "hochbruck_ostermann4", "VelocityVerlet":
    "stoermer_verlet", "VerletLeapfrog": "position_verlet", "LeapfrogDriftKickDrift": "position_verlet",
    "PseudoVerletLeapfrog": "stoermer_verlet", "McAte2": "mclachlan_atela2", "McAte3": "mclachlan_atela3", "CandyRoz4":
    "forest_ruth", "NewmarkBeta": "newmark", "RKC": "rkc(5)", "RKL1": "rkl(5,1)", "RKL2": "rkl(5)", "AB3":
    "adams_bashforth_3", "AB4": "adams_bashforth_4", "AB5": "adams_bashforth_5", "QBDF1": "bdf1", "QBDF2": "bdf2",
    "QBDF": "bdf5", "FBDF": "bdf5", "IMEXEuler": "imex_euler", "IMEXEulerARK": "imex_euler", "MRIGARKERK33a":
    "mri_gark_erk33", "AitkenNeville": "extrapolation(explicit_euler,4)", "ExtrapolationMidpointHairerWanner":
    "extrapolation(explicit_midpoint,3)", "ImplicitEulerExtrapolation": "extrapolation(implicit_euler,3)", "MIS":
    "mis_kw3", "CarpenterKennedy2N54": "carpenter_kennedy54_2n", "ORK256": "ork25_6", "RDPK3Sp35": "rdpk35_3sp",
    "RDPK3Sp49": "rdpk49_3sp", "RDPK3Sp510": "rdpk510_3sp", "IMEXSSP222": "imex_ssp2_222", "IMEXSSP2322":
    "imex_ssp2_322", "IMEXSSP3332": "imex_ssp3_332", "IMEXSSP3433": "imex_ssp3_433", "TsitPap8":
    "tsitouras_papakostas87", "Vern9": "verner98", "Rodas5Pe": "rodas5p", "Rodas5Pr": "rodas5p", "SSPRK22":
    "ssprk(2,2)", "SSPRK932": "ssprk93", "SSPRK432": "ssprk43", "SDIRK2": "sdirk21",
    "Nystrom4VelocityIndependent": "nystrom4", "Nystrom5VelocityIndependent": "nystrom5", "RKN4": "nystrom4",
}  # fmt: skip
"""Names of OrdinaryDiffEq that neither an alias nor the catalogue's own note of libraries leads to an entry."""
DIFFRAX = {
    "HalfSolver": "*two half steps of another solver*",
    "SemiImplicitEuler": "symplectic_euler_q",
    "LeapfrogMidpoint": "nystroem_2",
}
APART = {
    "VCAB3": "variable steps: no single f_h belongs to a run", "VCAB4": "variable steps", "VCAB5": "variable steps",
    "VCABM3": "variable steps", "VCABM4": "variable steps", "VCABM5": "variable steps", "VCABM": "variable steps",
    "QNDF1": "variable steps", "QNDF2": "variable steps", "QNDF": "variable steps", "ABDF2": "variable steps",
    "HybridExplicitImplicitRK": "for differential-algebraic equations", "Tsit5DA": "for differential-algebraic equations",
    "GeneralizedAlpha": "keeps accelerations from step to step",
    "IRKN3": "steps from slopes of the step before, which the Nyström family has no place for",
    "IRKN4": "steps from slopes of the step before",
    "DPRKN12": "order 12: trees of two colours are counted to order 8, so its order could not be checked",
    "ERKN7": "its fractions of nine digits satisfy no order condition exactly",
    "Exp4": "φ-functions of several multiples of J in one stage (EPIRK): ExponentialRosenbrock has them of the node's alone",
    "EPIRK4s3A": "φ-functions of several multiples of J in one stage, as Exp4",
    "EPIRK4s3B": "as Exp4", "EPIRK5s3": "as Exp4", "EPIRK5P1": "as Exp4", "EPIRK5P2": "as Exp4",
    "ROCK2": "its polynomials are tabulated decimals for each number of stages; rkc and rkl do the same with formulas",
    "ROCK4": "as ROCK2", "SERK2": "as ROCK2", "ESERK4": "as ROCK2", "ESERK5": "as ROCK2",
    "IRKC": "an implicit part beside RKC: an additive method for each number of stages, of which no tableau is published",
    "TSRKC2": "stabilised two-step methods for each number of stages, not written as a tableau of TwoStep", "TSRKC3": "as TSRKC2",
    "IMEX_MRI_GARK_EULER": "an implicit slow part beside the explicit one: Multirate has one slow part",
    **dict.fromkeys(
        ("IMEX_MRI_GARK_TRAPEZOIDAL", "IMEX_MRI_GARK_MIDPOINT", "IMEX_MRI_GARK3a", "IMEX_MRI_GARK3b", "IMEX_MRI_GARK4",
         "IMEX_MRI_SR21", "IMEX_MRI_SR32", "IMEX_MRI_SR43"),
        "two slow parts, as IMEX_MRI_GARK_EULER",
    ),
}  # fmt: skip
"""What is left out on purpose."""


def by_library(library: str) -> dict[str, str]:
    """Solvers of a library with our entries, as the catalogue notes them."""
    found: dict[str, str] = {}
    for name in imde.methods:
        for own in imde.methods.entry(name).get("library", {}).get(library, "").split(", "):
            if own:
                found.setdefault(own.partition(" (")[0], name)
    return found


def apart(name: str) -> str:
    """Why a solver is left out on purpose; empty where it is not."""
    return f"*left out: {APART[name]}*" if name in APART else ""


def ours(name: str, known: dict[str, str]) -> str:
    """Our method for a solver's name; empty where there is none."""
    found = SAME.get(name) or known.get(name, "")
    if not found and name in imde.methods:
        found = imde.methods[name].name
    if found and found not in imde.methods:
        raise SystemExit(f"{name}: {found} is not in the catalogue")
    return found


def diffrax_solvers() -> list[str]:
    """The concrete solvers of differential equations without noise."""
    import diffrax

    noise = {"EulerHeun", "ItoMilstein", "StratonovichMilstein"}
    solvers = {k: v for k, v in vars(diffrax).items() if inspect.isclass(v) and issubclass(v, diffrax.AbstractSolver)}
    stochastic = (diffrax.AbstractSRK, diffrax.AbstractFosterLangevinSRK)
    return sorted(
        k for k, v in solvers.items() if not k.startswith("Abstract") and not issubclass(v, stochastic) and k not in noise
    )


def section(title: str, rows: list[tuple[str, str]]) -> list[str]:
    """A table of one kind of solvers and how many of them are covered."""
    have = sum(bool(found) and not found.startswith("*") for _, found in rows)
    lines = ["", f"### {title}: {have} of {len(rows)}", "", "| solver | here |", "|---|---|"]
    return lines + [
        f"| {name} | {found if found.startswith('*') else f'`{found}`' if found else 'missing'} |" for name, found in rows
    ]


def page() -> str:
    """The whole page."""
    julia, lines = by_library("julia"), [
        "# Methods of today's solvers in the catalogue", "",
        "Written by `python benchmarks/solvers.py`. A name in the right column is read wherever a method is taken; families of",
        "any size are named by one of their members. Solvers that adapt their steps are named by their formula.",
        "", "## diffrax",
    ]  # fmt: skip
    known = by_library("diffrax") | DIFFRAX
    lines += section("without noise", [(n, known.get(n, "")) for n in diffrax_solvers()])
    lines += ["", "## OrdinaryDiffEq"]
    for title, names in ORDINARY.items():
        lines += section(title, [(n, apart(n) or ours(n, julia)) for n in names.split()])
    lines += ["", "## SUNDIALS"]
    for title, names in SUNDIALS.items():
        pairs = [n.partition("=") for n in names.split()]
        assert all(not found or found in imde.methods for _, _, found in pairs), title
        lines += section(title, [(n, apart(n) or found) for n, _, found in pairs])
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE}: {text.count('| missing |')} missing, {text.count('`')} ticks")
