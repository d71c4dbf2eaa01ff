/** A product of the sample shop; the price is in euro cents. */
export interface CatalogProduct {
  name: string
  category: string
  unitPriceCents: number
}

export const products: readonly CatalogProduct[] = [
  { name: 'Burr grinder', category: 'machines', unitPriceCents: 18_900 },
  { name: 'Cleaning tablets', category: 'supplies', unitPriceCents: 1_290 },
  { name: 'Cold brew jug', category: 'accessories', unitPriceCents: 3_490 },
  { name: 'Decaf beans 1 kg', category: 'beans', unitPriceCents: 2_390 },
  { name: 'Drip kettle', category: 'accessories', unitPriceCents: 6_450 },
  { name: 'Espresso beans 1 kg', category: 'beans', unitPriceCents: 2_190 },
  { name: 'Espresso machine', category: 'machines', unitPriceCents: 64_900 },
  { name: 'Filter papers 100', category: 'supplies', unitPriceCents: 590 },
  { name: 'French press', category: 'accessories', unitPriceCents: 3_990 },
  { name: 'Milk frother', category: 'machines', unitPriceCents: 7_900 },
  { name: 'Travel mug', category: 'accessories', unitPriceCents: 2_450 },
  { name: 'Water filter', category: 'supplies', unitPriceCents: 1_690 },
]

export const regions: readonly string[] = ['Centre', 'East', 'North', 'South', 'West']

export const ordinaryNotes: readonly string[] = [
  'Please deliver before noon.',
  'Gift wrap, no invoice in the parcel.',
  'Same order as last month.',
  'Leave with the neighbour at number 12.',
  'Needs an invoice with our VAT number.',
  'The last grinder arrived with a scratch, please check this one.',
  'Thank you for the quick help on the phone!',
  'Reception closes at 16:00.',
]

export const firstNames: readonly string[] = [
  'Ada',
  'Ben',
  'Clara',
  'David',
  'Elif',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Kaya',
  'Lena',
  'Milan',
  'Nora',
  'Omar',
  'Pia',
  'Quentin',
  'Rosa',
  'Sami',
  'Tilda',
  'Umut',
  'Vera',
  'Willem',
  'Yara',
]

export const lastNames: readonly string[] = [
  'Albers',
  'Berg',
  'Conti',
  'Dahl',
  'Eder',
  'Fuchs',
  'Gruber',
  'Hansen',
  'Iversen',
  'Jansen',
  'Keller',
  'Lindt',
  'Moreau',
  'Novak',
  'Olsen',
  'Peters',
  'Quist',
  'Rossi',
  'Schmid',
  'Thoma',
  'Urban',
  'Vogel',
]

export const cities: readonly string[] = ['Antwerp', 'Basel', 'Cologne', 'Dresden', 'Graz', 'Lyon', 'Malmo', 'Turin']

export const titles: readonly string[] = ['Analyst', 'Buyer', 'Driver', 'Engineer', 'Head of sales', 'Roaster', 'Support']
