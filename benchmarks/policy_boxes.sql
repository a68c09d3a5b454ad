-- Both axes and the boxes of the pack asn-kepka-411-2025, written by hand.
--
-- Reads the canonical tables and `people` (place, person_id, as_of); gives a row a person in their
-- order: the least and the most of performance, potential and talent, the lowest and the highest
-- level of each axis from 0 to 2, and the boxes that are possible as nine bits, box 1 the lowest.
-- For an agency that keeps a register of discipline: no sanction on record is 100 points.

-- The same day of the month so many years later; of 29 February, 1 March where there is none.
CREATE OR REPLACE TEMP MACRO anniversary(d, years) AS
    CASE WHEN day(d + to_years(years)) = day(d) THEN CAST(d + to_years(years) AS DATE)
         ELSE CAST(d + to_years(years) AS DATE) + 1 END;
-- What is recorded late is blank before it was recorded.
CREATE OR REPLACE TEMP MACRO known(fact, recorded_on, as_of) AS
    CASE WHEN recorded_on <= as_of THEN fact END;
-- Levels of both axes, which have the same limits.
CREATE OR REPLACE TEMP MACRO level_of(score) AS
    CASE WHEN score >= 80 THEN 2 WHEN score >= 60 THEN 1 ELSE 0 END;

WITH
-- Levels of competencies that a class asks for, where a post has no standard of its own.
class_levels(post_class, required) AS (
    VALUES ('pelaksana', 1), ('pemula', 1), ('terampil', 1), ('mahir', 2), ('penyelia', 2),
           ('ahli_pertama', 2), ('pengawas', 2), ('ahli_muda', 3), ('administrator', 3),
           ('ahli_madya', 4), ('jpt_pratama', 4), ('ahli_utama', 5), ('jpt_madya', 5),
           ('jpt_utama', 5)
),
dictionary(competency) AS (
    SELECT unnest(['integritas', 'kerja_sama', 'komunikasi', 'orientasi_pada_hasil',
                   'pelayanan_publik', 'pengembangan_diri_dan_orang_lain', 'mengelola_perubahan',
                   'pengambilan_keputusan', 'perekat_bangsa'])
),
-- Boxes by level of performance and of potential.
boxes(performance, potential, box) AS (
    VALUES (0, 0, 1), (0, 1, 3), (0, 2, 6), (1, 0, 2), (1, 1, 5), (1, 2, 8), (2, 0, 4), (2, 1, 7),
           (2, 2, 9)
),

-- Careers: appointments begun, and the day after the last one served.
career AS (
    SELECT *, CASE WHEN is_open THEN as_of ELSE end_on + 1 END AS until
    FROM (
        SELECT person_id, as_of, sequence, post_id, unit_id, post_class, step, kind, start_on,
               known(end_on, end_recorded_on, as_of) AS end_on,
               known(end_on, end_recorded_on, as_of) IS NULL OR end_on > as_of AS is_open
        FROM people
        JOIN appointment USING (person_id)
        JOIN post USING (post_id)
        JOIN post_class USING (post_class)
        WHERE start_recorded_on <= as_of AND start_on <= as_of
    )
),
present_post AS (
    SELECT person_id, as_of, post_id, post_class FROM career
    WHERE kind = 'definitive' AND is_open
    QUALIFY row_number() OVER (
        PARTITION BY person_id, as_of
        ORDER BY start_on DESC, step DESC, sequence, post_id) = 1
),

-- Performance. The year is the newest on record, and at least the one due by the end of March.
predicate AS (
    SELECT person_id, as_of, min(points) AS predicate_low, max(points) AS predicate_high
    FROM (
        SELECT person_id, as_of, year,
               CASE predicate WHEN 'very_good' THEN 100 WHEN 'good' THEN 80
                    WHEN 'needs_improvement' THEN 60 WHEN 'poor' THEN 40 ELSE 20 END AS points,
               max(year) OVER (PARTITION BY person_id, as_of) AS newest,
               year(as_of) - if(as_of >= make_date(year(as_of), 3, 31), 1, 2) AS due
        FROM people JOIN appraisal USING (person_id)
        WHERE recorded_on <= as_of AND appraised_on <= as_of
    )
    WHERE year = greatest(newest, due)
    GROUP BY ALL
),
-- Awards, assignments, acting posts and trainings: what is on record is the least; there may be
-- more that nobody handed in. An award that the pack does not name can be of any category.
awarded AS (
    SELECT person_id, as_of,
           max(CASE WHEN kind LIKE 'satyalancana_karya_satya_%' THEN 70
                    WHEN kind = 'prestasi_kerja' THEN 85 ELSE 50 END) AS award
    FROM people JOIN award USING (person_id)
    WHERE recorded_on <= as_of AND awarded_on <= as_of AND as_of < anniversary(awarded_on, 5)
    GROUP BY ALL
),
assigned AS (
    SELECT person_id, as_of,
           max(CASE WHEN role = 'lead' AND scope = 'inter_agency' THEN 100
                    WHEN role = 'lead' THEN 85
                    WHEN scope = 'inter_agency' THEN 70 ELSE 50 END) AS assignment
    FROM (SELECT person_id, as_of, role, scope,
                 known(ended_on, ended_recorded_on, as_of) AS ended_on
          FROM people JOIN assignment USING (person_id)
          WHERE started_recorded_on <= as_of AND started_on <= as_of)
    WHERE ended_on IS NULL OR as_of < anniversary(ended_on + 1, 5)
    GROUP BY ALL
),
rated AS (
    SELECT person_id, as_of, round(avg(score), 9) AS feedback
    FROM people JOIN feedback USING (person_id)
    WHERE recorded_on <= as_of AND given_on <= as_of AND as_of < anniversary(given_on, 1)
    GROUP BY ALL
),

-- Potential. Job person match for the present post: newest levels in force against its standard.
measured AS (
    SELECT person_id, as_of, competency, min(level) AS low, max(level) AS high
    FROM (SELECT person_id, as_of, competency, level
          FROM people JOIN assessment USING (person_id)
          WHERE method IN ('assessment_centre', 'cact')
            AND competency IN (FROM dictionary)
            AND recorded_on <= as_of AND assessed_on <= as_of
            AND as_of < anniversary(assessed_on, 3)
          QUALIFY rank() OVER (
              PARTITION BY person_id, as_of, competency ORDER BY assessed_on DESC) = 1)
    GROUP BY ALL
),
own_standard AS (
    SELECT post_id, competency, level AS required
    FROM post_requirement WHERE competency IN (FROM dictionary)
),
standard AS (
    FROM own_standard
    UNION ALL
    SELECT post_id, competency, required
    FROM post JOIN class_levels USING (post_class) CROSS JOIN dictionary
    WHERE post_id NOT IN (SELECT post_id FROM own_standard)
),
person_match AS (
    SELECT person_id, as_of,
           least(100 * sum(coalesce(low, 0)) / sum(required), 100) AS match_low,
           least(100 * sum(coalesce(high, 5)) / sum(required), 100) AS match_high
    FROM present_post
    JOIN standard USING (post_id)
    LEFT JOIN measured USING (person_id, as_of, competency)
    GROUP BY ALL
),
trained AS (
    SELECT person_id, as_of, coalesce(sum(hours), 0) AS hours
    FROM (SELECT person_id, as_of, hours,
                 known(finished_on, finished_recorded_on, as_of) AS finished_on
          FROM people JOIN training USING (person_id)
          WHERE started_recorded_on <= as_of)
    WHERE finished_on <= as_of AND as_of < anniversary(finished_on, 1)
    GROUP BY ALL
),
-- Time in the class of the present post; what overlaps counts once.
class_spells AS (
    SELECT person_id, as_of, start_on, until,
           max(until) OVER (
               PARTITION BY person_id, as_of ORDER BY start_on, until
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM career JOIN present_post USING (person_id, as_of, post_class)
    WHERE kind = 'definitive'
),
class_time AS (
    SELECT person_id, as_of, max(until) AS until,
           CAST(sum(greatest(until - greatest(start_on, coalesce(reach, start_on)), 0)) AS INTEGER)
               AS days
    FROM class_spells GROUP BY ALL
),
variety AS (
    SELECT person_id, as_of, count(DISTINCT unit_id) AS units
    FROM career WHERE kind = 'definitive' GROUP BY ALL
),
-- Acting posts against the definitive one of their first day; without one any of the three.
acting AS (
    SELECT acting.person_id, acting.as_of, acting.sequence, acting.post_id, acting.start_on,
           acting.kind, acting.step, max(own.step) AS own_step
    FROM career AS acting
    LEFT JOIN career AS own
        ON own.person_id = acting.person_id AND own.as_of = acting.as_of
       AND own.kind = 'definitive' AND own.start_on <= acting.start_on
       AND (own.end_on IS NULL OR own.end_on >= acting.start_on)
    WHERE acting.kind <> 'definitive'
    GROUP BY ALL
),
acted AS (
    SELECT person_id, as_of,
           max(CASE WHEN kind = 'caretaker' THEN 100 WHEN step > own_step THEN 80
                    WHEN step = own_step THEN 60 ELSE 40 END) AS acting
    FROM acting GROUP BY ALL
),
potential AS (
    SELECT person_id, as_of,
           sum(if(is_on_scale, low, 0)) * 100 / 40 AS potential_low,
           (sum(if(is_on_scale, high, 5)) + (8 - count(*)) * 5) * 100 / 40 AS potential_high
    FROM (
        SELECT person_id, as_of, aspect, min(score) AS low, max(score) AS high,
               min(score) >= 0 AND max(score) <= 5 AS is_on_scale
        FROM (SELECT person_id, as_of, aspect, score
              FROM people JOIN potential USING (person_id)
              WHERE recorded_on <= as_of AND assessed_on <= as_of
                AND as_of < anniversary(assessed_on, 3)
              QUALIFY rank() OVER (
                  PARTITION BY person_id, as_of, aspect ORDER BY assessed_on DESC) = 1)
        GROUP BY ALL
    )
    GROUP BY ALL
),
educated AS (
    SELECT person_id, as_of, field,
           CASE level WHEN 'doctorate' THEN 100 WHEN 'master' THEN 90 WHEN 'bachelor' THEN 80
                WHEN 'diploma' THEN 70 ELSE 60 END AS points
    FROM people JOIN education USING (person_id)
    WHERE recorded_on <= as_of AND graduated_on <= as_of
),
schooling AS (SELECT person_id, as_of, max(points) AS education FROM educated GROUP BY ALL),
-- Whether a field of study is a field of work of the present post; unknown if it has none.
studied AS (
    SELECT person_id, as_of, max(if(post_field.field = educated.field, 100, 50)) AS field_of_study
    FROM educated
    JOIN present_post USING (person_id, as_of)
    JOIN post_field USING (post_id)
    WHERE educated.field IS NOT NULL
    GROUP BY ALL
),
-- A sanction without a known end may be running, or over.
sanctioned AS (
    SELECT person_id, as_of,
           min(CASE WHEN until_on IS NULL OR until_on >= as_of THEN 0 ELSE after END)
               AS discipline_low,
           min(CASE WHEN until_on >= as_of THEN 0 ELSE after END) AS discipline_high
    FROM (SELECT person_id, as_of, known(until_on, until_recorded_on, as_of) AS until_on,
                 CASE level WHEN 'light' THEN 75 WHEN 'medium' THEN 50 ELSE 25 END AS after
          FROM people JOIN discipline USING (person_id)
          WHERE sanctioned_recorded_on <= as_of AND sanctioned_on <= as_of)
    GROUP BY ALL
),

-- What is not on record lies between the least and the most that it could be.
points AS (
    SELECT place,
           coalesce(predicate_low, 20) AS predicate_low,
           coalesce(predicate_high, 100) AS predicate_high,
           coalesce(award, 0) AS award_low,
           coalesce(assignment, 0) AS assignment_low,
           CASE WHEN feedback >= 4.5 THEN 100 WHEN feedback >= 3.5 THEN 85
                WHEN feedback >= 2.5 THEN 70 WHEN feedback < 2.5 THEN 40 END AS feedback,
           coalesce(match_low, 0) AS match_low,
           coalesce(match_high, 100) AS match_high,
           CASE WHEN hours >= 20 THEN 100 WHEN hours >= 10 THEN 80 WHEN hours >= 5 THEN 60
                WHEN hours >= 1 THEN 40 ELSE 0 END AS hours_low,
           CASE WHEN anniversary(until - days, 5) <= until THEN 100
                WHEN anniversary(until - days, 3) <= until THEN 80
                WHEN anniversary(until - days, 1) <= until THEN 60
                WHEN days IS NOT NULL THEN 40 END AS in_class,
           CASE WHEN units >= 3 THEN 100 WHEN units = 2 THEN 80 WHEN units < 2 THEN 60 END
               AS variety,
           coalesce(acting, 0) AS acting_low,
           coalesce(potential_low, 0) AS potential_low,
           coalesce(potential_high, 100) AS potential_high,
           coalesce(education, 60) AS education_low,
           coalesce(education, 100) AS education_high,
           coalesce(field_of_study, 50) AS study_low,
           coalesce(field_of_study, 100) AS study_high,
           coalesce(discipline_low, 100) AS discipline_low,
           coalesce(discipline_high, 100) AS discipline_high
    FROM people
    LEFT JOIN predicate USING (person_id, as_of)
    LEFT JOIN awarded USING (person_id, as_of)
    LEFT JOIN assigned USING (person_id, as_of)
    LEFT JOIN rated USING (person_id, as_of)
    LEFT JOIN person_match USING (person_id, as_of)
    LEFT JOIN trained USING (person_id, as_of)
    LEFT JOIN class_time USING (person_id, as_of)
    LEFT JOIN variety USING (person_id, as_of)
    LEFT JOIN acted USING (person_id, as_of)
    LEFT JOIN potential USING (person_id, as_of)
    LEFT JOIN schooling USING (person_id, as_of)
    LEFT JOIN studied USING (person_id, as_of)
    LEFT JOIN sanctioned USING (person_id, as_of)
),
axes AS (
    SELECT place,
           round(0.60e0 * predicate_low + 0.15e0 * award_low + 0.15e0 * assignment_low
                 + 0.10e0 * coalesce(feedback, 40), 9) AS performance_low,
           round(0.60e0 * predicate_high + 0.15e0 * 100 + 0.15e0 * 100
                 + 0.10e0 * coalesce(feedback, 100), 9) AS performance_high,
           round(0.20e0 * match_low + 0.10e0 * hours_low
                 + (coalesce(in_class, 40) + coalesce(variety, 60) + acting_low) / 30
                 + 0.25e0 * potential_low + 0.10e0 * education_low + 0.10e0 * study_low
                 + 0.15e0 * discipline_low, 9) AS potential_low,
           round(0.20e0 * match_high + 0.10e0 * 100
                 + (coalesce(in_class, 100) + coalesce(variety, 100) + 100) / 30
                 + 0.25e0 * potential_high + 0.10e0 * education_high + 0.10e0 * study_high
                 + 0.15e0 * discipline_high, 9) AS potential_high
    FROM points
),
levels AS (
    SELECT *,
           round(0.5e0 * performance_low + 0.5e0 * potential_low, 9) AS talent_low,
           round(0.5e0 * performance_high + 0.5e0 * potential_high, 9) AS talent_high,
           level_of(performance_low) AS performance_from,
           level_of(performance_high) AS performance_to,
           level_of(potential_low) AS potential_from,
           level_of(potential_high) AS potential_to
    FROM axes
)
SELECT * EXCLUDE (place)
FROM (
    SELECT levels.*,
           CAST(sum(1 << (box - 1)) AS SMALLINT) AS boxes,
           CASE WHEN count(*) = 1 THEN min(box) END AS box
    FROM levels
    JOIN boxes
        ON boxes.performance BETWEEN performance_from AND performance_to
       AND boxes.potential BETWEEN potential_from AND potential_to
    GROUP BY ALL
)
ORDER BY place;
