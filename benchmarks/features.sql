-- Ten features of each asked pair as of DATE '2026-01-01', as somebody would write them by hand for
-- this agency: no reorganisations, no corrections, one date. What is added up is whole, as it is in
-- the frame, so that the two can be compared. A table at a time: one statement of all these steps
-- takes several times as long, since the engine plans it without knowing how many rows a step has.
-- The last statement, the frame, is written to files by whoever runs this.
CREATE TEMP TABLE held AS
SELECT a.person_id, a.kind, a.start_on, c.step, p.unit_id,
  coalesce(a.end_recorded_on <= $day AND a.end_on <= $day, false) AS has_ended,
  CASE WHEN coalesce(a.end_recorded_on <= $day AND a.end_on <= $day, false)
       THEN a.end_on ELSE $day END AS until_on
FROM appointment AS a
JOIN post AS p USING (post_id)
JOIN post_class AS c USING (post_class)
WHERE a.start_recorded_on <= $day AND a.start_on <= $day;
CREATE TEMP TABLE reached AS
SELECT *, max(until_on) OVER (PARTITION BY person_id ORDER BY start_on, until_on
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
FROM held;
CREATE TEMP TABLE service AS
SELECT person_id,
  sum(CASE WHEN start_on - reach <= 30 THEN until_on - least(reach, until_on)
           ELSE until_on - start_on END) / 365.25 AS years_in_service
FROM reached GROUP BY person_id;
CREATE TEMP TABLE organisations AS
SELECT person_id, count(*) AS n_organisations
FROM (SELECT DISTINCT person_id, unit_id FROM held) GROUP BY person_id;
CREATE TEMP TABLE serving AS
SELECT person_id, bool_or(kind = 'definitive') AS has_own,
  coalesce(max(step) FILTER (kind = 'definitive'), max(step)) AS step
FROM held WHERE NOT has_ended GROUP BY person_id;
CREATE TEMP TABLE in_class AS
SELECT person_id, step, h.start_on, max(h.until_on) OVER (PARTITION BY person_id
  ORDER BY h.start_on, h.until_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
FROM held AS h JOIN serving USING (person_id, step)
WHERE kind = 'definitive' OR NOT has_own;
CREATE TEMP TABLE paces AS
SELECT person_id, step, min($day - start_on) AS days
FROM in_class WHERE coalesce(start_on - reach > 30, true) GROUP BY ALL;
CREATE TEMP TABLE pace AS
SELECT person_id,
  CASE WHEN count(*) OVER (PARTITION BY step) > 1
       THEN percent_rank() OVER (PARTITION BY step ORDER BY days) END AS pace_percentile
FROM paces;
CREATE TEMP TABLE measures AS
SELECT person_id, competency, (level * 1000)::BIGINT AS x,
  round(1e6 / (CASE method WHEN 'assessment_centre' THEN 0.25 WHEN 'cact' THEN 0.36 ELSE 1.0 END
    + ($day - assessed_on) * (0.05 / 365.25)))::BIGINT AS w,
  assessed_on
FROM assessment WHERE recorded_on <= $day AND assessed_on <= $day;
CREATE TEMP TABLE priors AS
SELECT competency, sum(x) / count(*) AS mean,
  1e6 / greatest(sum(x * x) / count(*) - (sum(x) / count(*)) ** 2 - 250000, 62500) AS weight
FROM measures GROUP BY competency HAVING count(*) >= 30;
CREATE TEMP TABLE levels AS
SELECT m.person_id, m.competency,
  (m.wx / 1e6 / 1e3 + coalesce(p.weight * p.mean / 1e3, 0))
    / (m.w / 1e6 + coalesce(p.weight, 0)) AS level,
  1 / (m.w / 1e6 + coalesce(p.weight, 0)) AS variance
FROM (SELECT person_id, competency, sum(w) AS w, sum(w * x) AS wx
      FROM measures GROUP BY ALL) AS m
LEFT JOIN priors AS p USING (competency);
CREATE TEMP TABLE competencies AS
SELECT person_id, avg(level) AS level_mean,
  sum(round(sqrt(variance) * 1e6)::BIGINT) / count(*) / 1e6 AS level_uncertainty
FROM levels WHERE competency IN (
  'integritas', 'kerja_sama', 'komunikasi', 'orientasi_pada_hasil', 'pelayanan_publik',
  'pengembangan_diri_dan_orang_lain', 'mengelola_perubahan', 'pengambilan_keputusan',
  'perekat_bangsa')
GROUP BY person_id;
CREATE TEMP TABLE gaps AS
SELECT a.person_id, a.post_id,
  sum(w * round(least(l.level - r.level, 1.0) * 1e6)::BIGINT) / sum(w) / 1e6 AS gap_weighted,
  sqrt(sum(w * w * round(variance * 1e6)::BIGINT) / 1e6) / sum(w) AS gap_uncertainty
FROM asked AS a
JOIN (SELECT *, round(coalesce(weight, 1) * 1e4)::BIGINT AS w FROM post_requirement) AS r
  USING (post_id)
JOIN levels AS l USING (person_id, competency)
GROUP BY ALL;
CREATE TEMP TABLE potentials AS
SELECT person_id, aspect, arg_max(score, assessed_on) AS score
FROM potential WHERE recorded_on <= $day AND assessed_on <= $day GROUP BY ALL;
CREATE TEMP TABLE scores AS
SELECT aspect, sum(x) / count(*) AS mean,
  sqrt(sum(x * x) / count(*) - (sum(x) / count(*)) ** 2) AS spread
FROM (SELECT aspect, round(score * 1000)::BIGINT AS x FROM potential
      WHERE recorded_on <= $day AND assessed_on <= $day)
GROUP BY aspect HAVING count(*) >= 30;
CREATE TEMP TABLE promise AS
SELECT person_id, avg(greatest(-5, least(5, (round(score * 1000) - mean) / spread)))
  AS potential_mean
FROM potentials JOIN scores USING (aspect) WHERE spread > 0 GROUP BY person_id;
CREATE TEMP TABLE ratings AS
SELECT appraisal_id, person_id, year, appraised_on, appraiser_id,
  greatest(recorded_on, appraised_on) AS seen_on,
  CASE predicate WHEN 'very_poor' THEN 1 WHEN 'poor' THEN 2 WHEN 'needs_improvement' THEN 3
    WHEN 'good' THEN 4 ELSE 5 END AS points
FROM appraisal WHERE recorded_on <= $day AND appraised_on <= $day;
CREATE TEMP TABLE in_units AS
SELECT r.appraisal_id, arg_max(p.unit_id, (a.start_on - DATE '1900-01-01') * 1000000000
    + a.sequence) AS unit_id
FROM ratings AS r
JOIN appointment AS a ON a.person_id = r.person_id AND a.start_on <= r.appraised_on
  AND a.start_recorded_on <= r.seen_on
JOIN post AS p USING (post_id)
GROUP BY r.appraisal_id;
CREATE TEMP TABLE placed AS
SELECT r.*, u.unit_id FROM ratings AS r LEFT JOIN in_units AS u USING (appraisal_id);
CREATE TEMP TABLE years AS
SELECT year, sum(points) / count(*) AS mean,
  sum(points * points) / count(*) - (sum(points) / count(*)) ** 2 AS variance
FROM placed GROUP BY year;
CREATE TEMP TABLE units AS
SELECT unit_id, year, (sum(points) + 10 * any_value(y.mean)) / (count(*) + 10) AS mean,
  (sum(points * points) - sum(points) ** 2 / count(*) + 10 * any_value(y.variance))
    / (count(*) + 10) AS variance
FROM placed JOIN years AS y USING (year) WHERE unit_id IS NOT NULL GROUP BY ALL;
CREATE TEMP TABLE leniencies AS
SELECT appraiser_id, sum(above) / 1e6 / (sum(n) + 5) AS leniency
FROM (SELECT appraiser_id, year, count(*) AS n,
        round((sum(points) - count(*) * any_value(y.mean)) * 1e6)::BIGINT AS above
      FROM placed JOIN years AS y USING (year) WHERE appraiser_id IS NOT NULL GROUP BY ALL)
GROUP BY appraiser_id;
CREATE TEMP TABLE recent AS
SELECT * FROM (SELECT *, max(year) OVER (PARTITION BY person_id) - year AS age FROM placed)
WHERE age < 3;
CREATE TEMP TABLE performance AS
SELECT person_id,
  sum(round(greatest(-5, least(5, (points - coalesce(u.mean, y.mean))
    / sqrt(coalesce(u.variance, y.variance)))) * 1e6)::BIGINT) / count(*) / 1e6 AS rating_in_unit,
  sum(round(greatest(-5, least(5, (points - y.mean - coalesce(leniency, 0))
    / sqrt(y.variance))) * 1e6)::BIGINT) / count(*) / 1e6 AS rating_adjusted
FROM recent
JOIN years AS y USING (year)
LEFT JOIN units AS u USING (unit_id, year)
LEFT JOIN leniencies USING (appraiser_id)
GROUP BY person_id;
SELECT a.person_id, a.post_id, $day AS as_of, coalesce(years_in_service, 0) AS years_in_service,
  pace_percentile::DOUBLE AS pace_percentile,
  coalesce(n_organisations, 0)::DOUBLE AS n_organisations, level_mean, level_uncertainty,
  gap_weighted, gap_uncertainty, rating_in_unit, rating_adjusted, potential_mean,
  substr(md5(a.person_id), 1, 1) AS person_part
FROM asked AS a
LEFT JOIN service USING (person_id)
LEFT JOIN organisations USING (person_id)
LEFT JOIN pace USING (person_id)
LEFT JOIN competencies USING (person_id)
LEFT JOIN gaps USING (person_id, post_id)
LEFT JOIN performance USING (person_id)
LEFT JOIN promise USING (person_id)
