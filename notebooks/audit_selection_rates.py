# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Audit of selection rates
#
# Who stands among the first, whom panels chose, and how far estimates are off, by sex and by band
# of age. Each table and picture has a finding, which says one of three things, and a limit. Nothing
# here says fair or unfair, and nothing here changes a list or a model. How to read it:
# `docs/audit.md`.

# %%
import os

import pandas as pd
from IPython.display import HTML, display

from features.settings import Settings
from reporting.blocks import picture, sentence, table
from reporting.charts import interval_chart
from training.audits import wording
from training.audits.selection_rates import latest_audit

audit = latest_audit(Settings.from_environment(os.environ).home)
made_of, (by_sex, by_age) = audit.rows.made_of, audit.attributes


def show(*blocks):
    display(HTML("\n".join(blocks)))


def show_rates(one):
    for rates in one.rates:
        chart = ""
        if rates.found is not None:
            rows = pd.DataFrame(rates.found.groups).rename(columns={"group": "name"})
            title = f"{wording.ORDER_NAMES[rates.order]}: ratio of rates@{rates.shown}"
            drawn = interval_chart(
                rows.assign(value=rows["ratio"]), line=0.8, label="ratio", title=title
            )
            chart = picture(drawn, title)
        finding, limit = wording.rates_finding(one, rates), wording.LIMITS[rates.order]
        show(table(wording.rates_table(rates)), chart, sentence(finding), sentence(limit))


def show_calibration(one):
    chart = ""
    if one.calibration:
        rows = pd.DataFrame(one.calibration).rename(columns={"group": "name"})
        title = "mean estimate less share of successes"
        drawn = interval_chart(rows.assign(value=rows["gap"]), line=0, label="gap", title=title)
        chart = picture(drawn, title)
    finding, limit = wording.calibration_finding(one), wording.LIMITS["calibration"]
    show(table(wording.calibration_table(one)), chart, sentence(finding), sentence(limit))


# %% [markdown]
# ## What is audited

# %%
of = {
    "agency": made_of.agency,
    "snapshot": made_of.snapshot,
    "backtest": audit.rows.digest,
    "catalogue of features": made_of.catalogue,
    "label rule": made_of.label_rule,
    "settings of the rule": str(made_of.label),
}
show(
    table(pd.DataFrame(of.items(), columns=["what", "which"])),
    sentence(wording.scope(audit)),
    sentence(wording.LIMITS["scope"]),
)

# %% [markdown]
# ## By sex: the pool

# %%
show(
    table(wording.pool_table(by_sex)),
    sentence(wording.pool_finding(by_sex)),
    sentence(wording.LIMITS["pool"]),
)

# %% [markdown]
# ## By sex: the order of readiness, and the panels' own choice

# %%
show_rates(by_sex)

# %% [markdown]
# ## By sex: estimates and outcomes

# %%
show_calibration(by_sex)

# %% [markdown]
# ## By band of age: the pool

# %%
show(
    table(wording.pool_table(by_age)),
    sentence(wording.pool_finding(by_age)),
    sentence(wording.LIMITS["pool"]),
)

# %% [markdown]
# ## By band of age: the order of readiness, and the panels' own choice

# %%
show_rates(by_age)

# %% [markdown]
# ## By band of age: estimates and outcomes

# %%
show_calibration(by_age)
