-- The Complete Journey as touchpoints. The views transactions, products, campaigns,
-- campaign_descriptions and coupon_redemptions are the package's files; the session is in UTC.
-- `spell` orders what happens at one moment: letters, then coupons, then the basket.

with lines as (
    select
        t.*,
        transaction_timestamp::timestamp at time zone 'UTC' as ts,
        coalesce(p.department, 'UNKNOWN') as department,
        -- Their quantities are gallons or coupon codes: such a line is one item.
        case when p.department in ('FUEL', 'MISCELLANEOUS') then 1 else t.quantity end as items
    from transactions as t
    left join products as p using (product_id)
),

spent as (
    select basket_id, department, sum(sales_value::decimal(18, 4)) as money
    from lines
    group by all
),

favourite as (
    select basket_id, department
    from spent
    qualify row_number() over (partition by basket_id order by money desc, department) = 1
),

baskets as (
    select
        basket_id,
        household_id,
        store_id,
        ts,
        (ts at time zone 'America/New_York')::date as shopping_day,
        sum(sales_value::decimal(18, 4)) as money,
        sum(items)::bigint as items,
        count(distinct product_id) as products,
        count(distinct department) as departments,
        sum((retail_disc + coupon_disc + coupon_match_disc)::decimal(18, 2)) as discount,
        sum(coupon_disc::decimal(18, 2)) as coupons
    from lines
    group by basket_id, household_id, store_id, ts
),

-- A redemption knows its day only. It belongs to the day's first basket with a coupon discount,
-- or where none had one to the day's first basket.
tills as (
    select household_id, shopping_day, ts
    from baskets
    qualify row_number() over (
        partition by household_id, shopping_day order by coupons = 0, ts, basket_id
    ) = 1
),

letters as (
    select
        1 as spell,
        'campaign-' || campaign_id || '-' || household_id as event_id,
        start_date::timestamp at time zone 'America/New_York' as ts,
        household_id::varchar as user_id,
        'Message Sent' as name,
        'business' as actor,
        'Direct Mail' as channel,
        'Campaign ' || campaign_id as campaign,
        campaign_type as content,
        to_json({'valid_until': strftime(end_date, '%Y-%m-%d')}) as properties
    from campaigns
    inner join campaign_descriptions using (campaign_id)
),

coupons as (
    select
        2 as spell,
        'coupon-' || r.campaign_id || '-' || r.coupon_upc || '-' || r.household_id || '-'
        || strftime(r.redemption_date, '%Y-%m-%d') as event_id,
        tills.ts,
        r.household_id::varchar as user_id,
        'Coupon Applied' as name,
        'person' as actor,
        'In Store' as channel,
        'Campaign ' || r.campaign_id as campaign,
        'in person' as device,
        to_json({'coupon_id': r.coupon_upc::varchar}) as properties
    from coupon_redemptions as r
    inner join tills
        on r.household_id = tills.household_id
        and r.redemption_date::date = tills.shopping_day
),

orders as (
    select
        3 as spell,
        'basket-' || b.basket_id as event_id,
        b.ts,
        b.household_id::varchar as user_id,
        'Order Completed' as name,
        'person' as actor,
        'In Store' as channel,
        'in person' as device,
        b.money as value,
        'USD' as currency,
        b.basket_id::varchar as order_id,
        to_json({
            'store': b.store_id::varchar,
            'items': b.items,
            'products': b.products,
            'department': f.department,
            'departments': b.departments,
            'discount': b.discount,
            'coupons': b.coupons
        }) as properties
    from baskets as b
    inner join favourite as f using (basket_id)
)

select * exclude (spell)
from (
    select * from letters
    union all by name
    select * from coupons
    union all by name
    select * from orders
)
order by ts, spell, event_id
